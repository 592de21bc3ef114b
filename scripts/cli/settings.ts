import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { CliError } from './error.ts';

export { type Settings, type SettingName, SETTINGS, readSettings, defaultHome, configPath };

const MAX_CONFIG_BYTES = 64 * 1024;

/** What the commands need to know of the world. Flags go over environment over config file. */
const SETTINGS = {
  node: { env: 'RUNPROOF_NODE', about: 'GraphQL address of a Mina node' },
  archive: { env: 'RUNPROOF_ARCHIVE', about: 'GraphQL address of a Mina archive' },
  gateway: { env: 'RUNPROOF_GATEWAY', about: 'trustless IPFS gateway' },
  upload: { env: 'RUNPROOF_UPLOAD', about: 'where raw blocks may be written (PUT /ipfs/)' },
  uploadToken: { env: 'RUNPROOF_UPLOAD_TOKEN', about: 'bearer token for it' },
  wallet: { env: 'RUNPROOF_WALLET', about: 'key file that pays' },
  log: { env: 'RUNPROOF_LOG', about: 'log repository to look through' },
} as const;
type SettingName = keyof typeof SETTINGS;

type Settings = { readonly home: string } & Readonly<Partial<Record<SettingName, string>>>;

const names = Object.keys(SETTINGS) as SettingName[];
const value = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const ConfigSchema = v.strictObject(
  Object.fromEntries(names.map((name) => [name, v.optional(value)])) as Record<
    SettingName,
    v.OptionalSchema<typeof value, undefined>
  >
);

/** `.runproof` in this folder if it is there (a demo or a project), else in the user's own. */
function defaultHome(env: NodeJS.ProcessEnv, cwd = process.cwd()): string {
  if (env.RUNPROOF_HOME !== undefined && env.RUNPROOF_HOME !== '')
    return resolve(env.RUNPROOF_HOME);
  const local = join(cwd, '.runproof');
  return existsSync(local) ? local : join(homedir(), '.runproof');
}

const configPath = (home: string): string => join(home, 'config.json');

/** @throws CliError `SETTINGS` naming the file and the field */
function readSettings(
  flags: Partial<Record<SettingName | 'home', string>>,
  env: NodeJS.ProcessEnv
): Settings {
  const home = flags.home === undefined ? defaultHome(env) : resolve(flags.home);
  const config = readConfig(configPath(home));
  const merged = names.map((name) => {
    const fromEnv = env[SETTINGS[name].env];
    return [name, flags[name] ?? (fromEnv === '' ? undefined : fromEnv) ?? config[name]] as const;
  });
  return { home, ...present(merged) };
}

/** Leaves out what is not set, as exact optional properties want it. */
const present = (entries: readonly (readonly [string, string | undefined])[]) =>
  Object.fromEntries(entries.flatMap(([name, setting]) => (setting ? [[name, setting]] : [])));

function readConfig(path: string): Partial<Record<SettingName, string>> {
  if (!existsSync(path)) return {};
  const text = readFileSync(path, 'utf8');
  if (text.length > MAX_CONFIG_BYTES)
    throw new CliError('SETTINGS', `${path} has ${text.length} characters; is it the right file?`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CliError('SETTINGS', `${path} is not JSON; mend or remove it.`, { cause });
  }
  const result = v.safeParse(ConfigSchema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CliError(
    'SETTINGS',
    `${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}; known names are ${names.join(', ')}.`
  );
}
