import { inert } from '../inert.ts';

export { fileNameOf };

const MOST = 120;

/**
 * What a file may be called on the disk of whoever downloads it: the last part of its path, with
 * nothing that a shell, a file manager or Windows takes for more than a letter.
 */
function fileNameOf(path: string): string {
  const last = path.split('/').at(-1) ?? '';
  const name = inert(last)
    // Spaces of every kind but the plain one, too.
    .replace(/[\\/:*?"<>|\ufffd\n\t]|(?! )\p{Zs}/gu, '_')
    .replace(/^[.\s~-]+|[.\s]+$/g, '');
  if (name === '') return 'file';
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name) ? `_${name}` : name;
  if (reserved.length <= MOST) return reserved;
  // The ending says what opens it.
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(reserved)?.[0] ?? '';
  return (
    Array.from(reserved.slice(0, MOST - ending.length))
      .join('')
      .replace(/\p{Cs}$/u, '') + ending
  );
}
