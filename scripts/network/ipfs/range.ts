export { readRange };

import type { Range } from '../../../ipfs/file.ts';
import { HttpError } from './answer.ts';

/**
 * The one range that a `Range` header asks for, or `undefined` for the whole file: what is not
 * understood, several ranges among it, is answered whole, as RFC 9110 §14.2 lets us.
 * @throws {HttpError} 416 when the range begins behind the end
 */
function readRange(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return undefined;
  const suffix = first === '';
  const start = suffix ? Math.max(0, size - Number(last)) : Number(first);
  const end = suffix || last === '' ? size : Math.min(size, Number(last) + 1);
  if (!suffix && last !== '' && Number(last) < start) return undefined;
  if (start >= size)
    throw new HttpError(416, `the file has ${size} bytes; none of those asked for`, {
      'content-range': `bytes */${size}`,
    });
  return { start, end };
}
