export { type JobFolder, type JobState, createJob, openJob, removeJob, sweepJobs };

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { syncFolder, writeThrough } from '../record/durable.ts';
import { isAlive, nameOf } from '../record/process.ts';
import { createJobFolder, removeTree } from '../sandbox/folders.ts';
import { GitlabError } from './error.ts';

const StateSchema = v.strictObject({
  version: v.literal(1),
  /** GitLab's number of the job. */
  id: v.number(),
  /** The runner's copy of it, which is gone once the runner has ended the job. */
  response: v.string(),
  /** Whose job it is: when this process is gone, nobody will clean up. `null` where it was gone at once. */
  runner: v.nullable(v.strictObject({ pid: v.number(), startTime: v.string() })),
  /** In the recorder's spool, once the script has begun. */
  run: v.optional(v.string()),
  /** Claimed. */
  ticket: v.optional(v.string()),
  /** Bought without a network, so that no stage of it has one but to move files. */
  offline: v.optional(v.boolean()),
});
type JobState = v.InferOutput<typeof StateSchema>;

/** What a job has on this machine from its first stage to its last: all that the stages share. */
interface JobFolder {
  readonly path: string;
  /** The job's own: `builds`, `cache`, `home` and `tmp` of it. */
  readonly places: Readonly<Record<Place, string>>;
  readonly state: JobState;
  /** Durable before it returns. */
  update(state: Partial<JobState>): Promise<void>;
}

const PLACES = ['builds', 'cache', 'home', 'tmp'] as const;
type Place = (typeof PLACES)[number];
const STATE = 'job.json';
const PREFIX = 'job-';

/**
 * The name follows from the place of the runner's copy, which no two jobs share: so each stage finds it
 * alone, and a job cannot choose it.
 */
const pathOf = (folder: string, response: string): string =>
  join(folder, PREFIX + createHash('sha256').update(response).digest('hex').slice(0, 32));

/** @throws {GitlabError} `FOLDER` where another job has one by that name */
async function createJob(
  folder: string,
  job: { readonly id: number; readonly response: string; readonly runner: number }
): Promise<JobFolder> {
  const path = pathOf(folder, job.response);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(path, { mode: 0o700 }).catch((cause: unknown) => {
    throw new GitlabError(
      'FOLDER',
      `${path} is there already; has another runner the same folder?`,
      {
        cause,
      }
    );
  });
  const places = placesIn(path);
  const first = await createJobFolder(places.builds);
  for (const name of PLACES.slice(1)) await createJobFolder(places[name], first);
  const state: JobState = {
    ...{ version: 1, id: job.id, response: job.response },
    runner: nameOf(job.runner) ?? null,
  };
  await writeState(path, state);
  return folderAt(path, state);
}

/** @throws {GitlabError} `FOLDER` where there is none */
async function openJob(folder: string, response: string): Promise<JobFolder> {
  const path = pathOf(folder, response);
  const state = await readState(path);
  if (state?.response === response) return folderAt(path, state);
  throw new GitlabError('FOLDER', `the job has no folder ${path}; was it cleaned up meanwhile?`);
}

/** Removes all that a job has left, whatever it has put there. */
const removeJob = ({ path }: Pick<JobFolder, 'path'>): Promise<void> => removeTree(path);

/**
 * Jobs whose runner is gone, killed or rebooted, before it could clean up.
 * @param onLost gets each before it is removed
 */
async function sweepJobs(folder: string, onLost: (job: JobFolder) => Promise<void>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(PREFIX))) {
    const path = join(folder, name);
    const state = await readState(path);
    // One that is just being made has no state yet.
    if (state === undefined && Date.now() - (await changedAt(path)) < AN_HOUR) continue;
    if (state?.runner && isAlive(state.runner)) continue;
    if (state !== undefined) await onLost(folderAt(path, state));
    await removeJob({ path });
  }
}

const AN_HOUR = 3_600_000;
/** Unix milliseconds; now for what another sweep has removed. */
const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now()
  );

const placesIn = (path: string): Record<Place, string> => ({
  builds: join(path, 'builds'),
  cache: join(path, 'cache'),
  home: join(path, 'home'),
  tmp: join(path, 'tmp'),
});

function folderAt(path: string, state: JobState): JobFolder {
  return {
    ...{ path, places: placesIn(path), state },
    update: (changed) => writeState(path, Object.assign(state, changed)),
  };
}

async function writeState(path: string, state: JobState): Promise<void> {
  const draft = join(path, `.${STATE}`);
  await writeThrough(draft, JSON.stringify(state));
  await rename(draft, join(path, STATE));
  await syncFolder(path);
}

async function readState(path: string): Promise<JobState | undefined> {
  const text = await readFile(join(path, STATE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), StateSchema), text);
  return result.success ? result.output : undefined;
}
