import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { readConfigFile } from '../cli/config-file.ts';
import { CliError } from '../cli/error.ts';

export { type HooksConfig, SOURCE, FOLDER, configIn, spoolOf, readHooksConfig, newHooksConfig };

/** In place of a log repository: each run's receipt goes into the repository that it was a run of. */
const SOURCE = 'source';
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const http = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s@]{1,500}$/, 'expected http(s)'));
const number = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** `hooks.json`: what the agent behind a machine's hooks works with. Paths are relative to the file. */
const ConfigSchema = v.strictObject({
  /** Keeps spool, blocks and a clone of the log. */
  folder: path,
  /** Key file that signs receipts. */
  key: path,
  log: v.strictObject({
    repository: v.union([v.literal(SOURCE), http]),
    tokenFile: path,
  }),
  ipfs: v.strictObject({
    listen: v.array(v.string()),
    peers: v.optional(v.array(v.string()), []),
    gateways: v.optional(v.array(http), []),
  }),
  /** Most seconds that a job may take. */
  jobSeconds: v.optional(number(1, 5 * 86_400), 6 * 3600),
  /** Between looks at what waits to be published. */
  poll: v.optional(number(1, 86_400), 60),
});
type HooksConfig = v.InferOutput<typeof ConfigSchema>;

/** Of a machine whose owner has named no other. */
const FOLDER = 'hooks';

const configIn = (home: string): string => join(home, 'hooks.json');

/** Where hooks and drivers of this machine meet the agent. */
const spoolOf = ({ folder }: Pick<HooksConfig, 'folder'>): string => join(folder, 'spool');

/** @throws CliError `SETTINGS` naming the file and the first field that is wrong */
function readHooksConfig(file: string): HooksConfig {
  if (!existsSync(file))
    throw new CliError(
      'SETTINGS',
      `${file} does not exist; \`runproof hooks install\` with --log and --token-file makes it.`
    );
  const config = readConfigFile(file, ConfigSchema);
  const below = (name: string): string => resolve(dirname(file), name);
  return {
    ...config,
    folder: below(config.folder),
    key: below(config.key),
    log: { ...config.log, tokenFile: below(config.log.tokenFile) },
  };
}

/** For a machine that has none yet. */
const newHooksConfig = (repository: string, tokenFile: string) => ({
  folder: FOLDER,
  key: 'keys/runner.json',
  log: { repository, tokenFile: resolve(tokenFile) },
  // Nobody reaches it yet: whoever wants results fetched by strangers lets it listen, or names peers.
  ipfs: { listen: [] },
});
