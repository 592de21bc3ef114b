import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { CliError } from './error.ts';

export { readConfigFile };

const MAX_BYTES = 256 * 1024;

/** @throws CliError `SETTINGS` naming the file and the first field that is wrong */
function readConfigFile<S extends v.GenericSchema>(file: string, schema: S): v.InferOutput<S> {
  if (statSync(file).size > MAX_BYTES)
    throw new CliError('SETTINGS', `${file} is too large for a config; name another.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CliError('SETTINGS', `${file} is not JSON; mend it.`, { cause });
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CliError('SETTINGS', `${file}: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`);
}
