import { expect, it } from 'vitest';
import { FormatError } from '../../../contracts/formats/error.ts';
import { CODES } from './refusal.ts';

it('a format error carries its code, one sentence and its cause', () => {
  const cause = new Error('why');
  const error = new FormatError('SIZE', 'too long by 3 bytes', { cause });
  expect(error).toBeInstanceOf(Error);
  expect({
    name: error.name,
    code: error.code,
    message: error.message,
    cause: error.cause,
  }).toEqual({
    name: 'FormatError',
    code: 'SIZE',
    message: 'too long by 3 bytes',
    cause,
  });
  expect(Object.keys(CODES)).toContain(error.code);
});
