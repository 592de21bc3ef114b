export { INSIDE, roomOf };

import { readFile, readdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { INSIDE as JOB } from '../driver/room.ts';
import type { Ticket } from '../record/ticket.ts';
import type { MemoryFile, Room } from '../sandbox/bubblewrap.ts';
import type { JobFolder } from './job-folder.ts';
import type { ExecutorSettings } from './settings.ts';

/** Where GitLab's scripts find things: the same in every job, so that builds are reproducible. */
const INSIDE = {
  builds: '/builds',
  cache: '/cache',
  home: JOB.home,
  tmp: JOB.temporary,
  script: '/job/script',
} as const;

/** Beside what the scripts export themselves; nothing of the runner's own environment. */
const ENVIRONMENT = {
  HOME: INSIDE.home,
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
};
const SHARED_MEMORY_BYTES = 2 ** 30;

/** What a stage sees of the machine. Its script is in memory, so that no later one can change it. */
const roomOf = async (
  { places }: JobFolder,
  { mounts }: ExecutorSettings,
  {
    script,
    ticket,
    network,
    environment,
  }: {
    readonly script: Uint8Array;
    /** Whose input this stage may see. */
    readonly ticket?: Ticket | undefined;
    readonly network: Room['network'];
    readonly environment: Readonly<Record<string, string>>;
  }
): Promise<Room> => ({
  writable: [
    { source: places.builds, target: INSIDE.builds },
    { source: places.cache, target: INSIDE.cache },
    { source: places.home, target: INSIDE.home },
    { source: places.tmp, target: INSIDE.tmp },
  ],
  readable: mounts,
  files: [
    { target: INSIDE.script, bytes: script },
    ...(ticket === undefined ? [] : await inputOf(ticket)),
  ],
  environment: {
    ...ENVIRONMENT,
    ...environment,
    ...(ticket === undefined
      ? {}
      : { RUNPROOF_PARAMETERS: JOB.parameters, RUNPROOF_SECRETS: JOB.secrets }),
  },
  network,
  sharedMemoryBytes: Math.min(SHARED_MEMORY_BYTES, Math.floor(totalmem() / 4)),
});

/** Of a bought job: files in memory here, and files in memory there. */
async function inputOf(ticket: Ticket): Promise<MemoryFile[]> {
  // Few jobs are bought, and each stage of all of them is a start of Node.
  const { ticketEnvironment } = await import('../record/ticket.ts');
  const { RUNPROOF_PARAMETERS: parameters, RUNPROOF_SECRETS: secrets } = ticketEnvironment(ticket);
  const names = await readdir(secrets!);
  return [
    { target: JOB.parameters, bytes: await readFile(parameters!) },
    ...(await Promise.all(
      names.map(async (name) => ({
        target: `${JOB.secrets}/${name}`,
        bytes: await readFile(join(secrets!, name)),
      }))
    )),
  ];
}
