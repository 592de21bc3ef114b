import { readFileSync, statSync } from 'node:fs';
import { FormatError } from '../../contracts/formats/error.ts';
import { CliError } from './error.ts';

export { readJsonFile, ofFile };

/**
 * What a JSON file says, as people write it, however it is laid out.
 * @throws CliError `USAGE`; FormatError as the parser does, with the file's name
 */
function readJsonFile<T>(path: string, maxBytes: number, parse: (json: unknown) => T): T {
  const { size } = statSync(path);
  if (size > 2 * maxBytes)
    throw new CliError('USAGE', `${path} has ${size} bytes; at most ${maxBytes} are accepted.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new CliError('USAGE', `${path} is not JSON; mend it.`, { cause });
  }
  return ofFile(path, () => parse(json));
}

/** Parsers do not know whose bytes they read, and a call may name several files. @throws FormatError */
function ofFile<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(cause.code, `${path} cannot be used: ${cause.message}`, { cause });
  }
}
