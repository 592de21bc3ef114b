export { INSIDE, type SecretFile, createRoom, parseSecrets, hiddenIn };

import { encodeJson } from '../../contracts/formats/json.ts';
import type { MemoryFile, Room } from '../sandbox/bubblewrap.ts';
import { MAX_SECRETS_BYTES } from '../sandbox/secrets.ts';
import { JobError } from './error.ts';
import type { JobRequest, LocalRequest } from './job.ts';

/** Where a job finds things: the same everywhere, so that builds are reproducible. */
const INSIDE = {
  work: '/job/work',
  home: '/job/home',
  temporary: '/tmp',
  parameters: '/job/input/parameters.json',
  scripts: '/job/scripts',
  secrets: '/run/secrets',
} as const;

const MAX_SECRETS = 64;
const MAX_PARAMETER_BYTES = 256 * 1024;
/** What a shared-memory segment may take, as with containers. */
const SHARED_MEMORY_BYTES = 64 * 2 ** 20;

type SecretFile = { name: string; bytes: Uint8Array };

/** What a job sees: its three folders, the provider's mounts, and its input in memory. */
function createRoom(
  { job, limits, parameters, mounts = [] }: LocalRequest,
  secrets: readonly SecretFile[],
  folders: { work: string; home: string; temporary: string },
  commitTime: number
): Room {
  const text = encodeJson(parameters);
  if (text.length > MAX_PARAMETER_BYTES)
    throw new JobError(
      'input',
      `${text.length} bytes of parameters, at most ${MAX_PARAMETER_BYTES} allowed; pass a CID instead`
    );
  const files: MemoryFile[] = [
    { target: INSIDE.parameters, bytes: text },
    ...job.phases.map(({ name, script }) => ({
      target: `${INSIDE.scripts}/${name}`,
      bytes: new TextEncoder().encode(script),
    })),
    ...secrets.map(({ name, bytes }) => ({ target: `${INSIDE.secrets}/${name}`, bytes })),
  ];
  if (new Set(files.map(({ target }) => target)).size !== files.length)
    throw new JobError('input', 'two phases have the same name');
  return {
    writable: [
      { source: folders.work, target: INSIDE.work },
      { source: folders.home, target: INSIDE.home },
      { source: folders.temporary, target: INSIDE.temporary },
    ],
    readable: mounts,
    files,
    environment: {
      HOME: INSIDE.home,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      SOURCE_DATE_EPOCH: `${commitTime}`,
      RUNPROOF_PARAMETERS: INSIDE.parameters,
      RUNPROOF_SECRETS: INSIDE.secrets,
    },
    network: limits.network,
    sharedMemoryBytes: Math.min(SHARED_MEMORY_BYTES, limits.memoryBytes),
  };
}

/** @throws {JobError} `input` */
function parseSecrets(secrets: NonNullable<JobRequest['secrets']>): SecretFile[] {
  const entries = Object.entries(secrets);
  if (entries.length > MAX_SECRETS)
    throw new JobError('input', `${entries.length} secrets, at most ${MAX_SECRETS} allowed`);
  return entries.map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name))
      throw new JobError(
        'input',
        `${JSON.stringify(name.slice(0, 80))} is not a secret's name; use letters, digits, _ . -`
      );
    return { name, bytes: typeof value === 'string' ? new TextEncoder().encode(value) : value };
  });
}

/**
 * Whatever of a job nobody but its requester may read, to be masked.
 * @throws {JobError} `input`
 */
function hiddenIn(secrets: readonly SecretFile[], { hidden = [] }: JobRequest): Uint8Array[] {
  const all = [...secrets.map(({ bytes }) => bytes), ...hidden];
  const total = all.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_SECRETS_BYTES)
    throw new JobError('input', `${total} bytes of secrets, at most ${MAX_SECRETS_BYTES} allowed`);
  return all;
}
