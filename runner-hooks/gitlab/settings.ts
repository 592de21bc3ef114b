export { type ExecutorSettings, type NetworkPolicy, encodeSettings, readSettings };

import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { GitlabError } from './error.ts';

const MAX_BYTES = 64 * 1024;

const path = v.pipe(v.string(), v.startsWith('/'), v.maxLength(1024));
const count = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/**
 * What a stage may reach. `forge`: GitLab and the hosts named beside it. `public`: these, and every public
 * address. `host`: all that the machine reaches, its own services and metadata addresses included.
 */
const Network = v.picklist(['none', 'forge', 'public', 'host']);
type NetworkPolicy = v.InferOutput<typeof Network>;

/** How a GitLab runner of this machine runs its jobs: a file that the installer writes. */
const SettingsSchema = v.strictObject({
  version: v.literal(1),
  /** Of the GitLab whose runner this is. */
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s@?#]{1,500}$/, 'expected http(s)')),
  /** Holds one folder a job. */
  folder: path,
  /** Where runs wait for the agent. */
  spool: path,
  network: v.strictObject({
    /** The job's own scripts. */
    script: Network,
    /** Sources, caches and artifacts. */
    transfer: Network,
    /** Beside GitLab itself: `host` or `host:port`, such as of an object storage. */
    hosts: v.array(v.pipe(v.string(), v.regex(/^[a-z0-9.-]{1,253}(:[1-9][0-9]{0,4})?$/))),
  }),
  limits: v.strictObject({
    seconds: count(1, 7 * 86_400),
    memoryBytes: count(16 * 2 ** 20, 2 ** 44),
    processes: count(1, 65_536),
    diskBytes: count(2 ** 20, 2 ** 50),
    logBytes: count(1_024, 2 ** 32),
  }),
  /** Lent to all jobs, read-only. */
  mounts: v.array(v.strictObject({ source: path, target: path })),
  /** Takes bought jobs alone. */
  marketOnly: v.boolean(),
  /** Takes merge requests from forks. */
  forks: v.boolean(),
  /** Publishes the masked log of the script. */
  publishLog: v.boolean(),
});
type ExecutorSettings = v.InferOutput<typeof SettingsSchema>;

/** @throws {GitlabError} `SETTINGS` */
function encodeSettings(settings: ExecutorSettings): string {
  return `${JSON.stringify(check(settings, 'the settings'), undefined, 2)}\n`;
}

/** @throws {GitlabError} `SETTINGS` */
async function readSettings(file: string): Promise<ExecutorSettings> {
  let json: unknown;
  try {
    const text = await readFile(file, 'utf8');
    if (text.length > MAX_BYTES) throw new Error(`it has ${text.length} characters`);
    json = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GitlabError('SETTINGS', `${file} cannot be read: ${why}; install the hooks again`, {
      cause,
    });
  }
  return check(json, file);
}

function check(value: unknown, file: string): ExecutorSettings {
  const result = v.safeParse(SettingsSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new GitlabError(
    'SETTINGS',
    `${file}: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}; mend it or install the hooks again`
  );
}
