import { readFileSync, statSync } from 'node:fs';
import { CliError } from './error.ts';

export { readTokenFile };

const MAX_BYTES = 4_096;

/**
 * A token that stands alone in a file.
 *
 * @throws CliError `KEY_FILE` where it is none, or others can read it; the message never holds what the file held
 */
function readTokenFile(path: string): string {
  let token: string;
  try {
    const { mode, size } = statSync(path);
    if ((mode & 0o077) !== 0)
      throw new CliError('KEY_FILE', `${path} can be read by others; run chmod 600 on it.`);
    token = size > MAX_BYTES ? '' : readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('KEY_FILE', `${path} cannot be read; put the token in it, with mode 600.`, {
      cause,
    });
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError('KEY_FILE', `${path} holds no token; put it there alone, in one line.`);
}
