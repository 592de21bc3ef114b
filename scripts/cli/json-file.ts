import { readFileSync, statSync } from 'node:fs';
import { CliError } from './error.ts';

export { readJsonFile };

/** A JSON file as people write it, however it is laid out. @throws CliError `USAGE` */
function readJsonFile(path: string, maxBytes: number): unknown {
  const { size } = statSync(path);
  if (size > 2 * maxBytes)
    throw new CliError('USAGE', `${path} has ${size} bytes; at most ${maxBytes} are accepted.`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new CliError('USAGE', `${path} is not JSON; mend it.`, { cause });
  }
}
