export { type FollowRecord, follow, followed, unfollow, claimName };

import { createHash } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Origin } from '../../contracts/formats/origin.ts';
import { asSpoolErrors, syncFolder, writeThrough } from '../record/durable.ts';
import { workerKey } from './report.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Which run the agent follows for which worker: on disk, so that the next agent goes on with it. */
const FollowSchema = v.strictObject({
  version: v.literal(1),
  run: v.string(),
  mailbox: v.string(),
  worker: v.strictObject({ pid: count, startTime: v.string() }),
  boot: v.string(),
  /** When the job began, as the hook's report has it. */
  at: count,
  tick: count,
  spent: count,
  /** The worker's own log; `null` where it has none open. */
  log: v.nullable(v.string()),
  workspace: v.nullable(v.string()),
  workflow: v.nullable(v.strictObject({ commit: v.string(), path: v.string() })),
  /** Steps may have run before perf was there. */
  late: v.boolean(),
});
type FollowRecord = v.InferOutput<typeof FollowSchema>;

const FOLLOWED = 'workers';
const NAMES = 'job-names';
const MAX_NAMES = 5_000;
const MAX_LEGS = 256;

/** Writes down, or changes, what is followed. @throws {RecordError} `SPOOL` */
const follow = (spool: string, record: FollowRecord): Promise<void> =>
  asSpoolErrors(spool, async () => {
    const folder = join(spool, FOLLOWED);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${keyOf(record)}.json`);
    await writeThrough(`${path}.new`, JSON.stringify(record));
    await rename(`${path}.new`, path);
    await syncFolder(folder);
  });

/** All that an agent was following when it last wrote. @throws {RecordError} `SPOOL` */
const followed = (spool: string): Promise<readonly FollowRecord[]> =>
  asSpoolErrors(spool, async () => {
    const folder = join(spool, FOLLOWED);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
    return Promise.all(
      names.map(async (name) =>
        v.parse(FollowSchema, JSON.parse(await readFile(join(folder, name), 'utf8')))
      )
    );
  });

const unfollow = (spool: string, record: FollowRecord): Promise<void> =>
  asSpoolErrors(spool, () => rm(join(spool, FOLLOWED, `${keyOf(record)}.json`), { force: true }));

/** Numbers of processes come again after a boot. */
const keyOf = ({ boot, worker }: FollowRecord): string =>
  `${boot.slice(0, 8)}-${workerKey(worker)}`;

/**
 * A name for the job that no other job of this try has in this spool: the legs of a matrix may all have the
 * same, and a log takes each job once. The same job gets the same name again.
 *
 * @param key of the worker that does the job
 * @throws {RecordError} `SPOOL`
 */
const claimName = (spool: string, origin: Origin, key: string): Promise<Origin> =>
  asSpoolErrors(spool, async () => {
    const folder = join(spool, NAMES);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await forgetOldNames(folder);
    for (let leg = 1; leg <= MAX_LEGS; leg++) {
      const name = leg === 1 ? origin.job.name : `${origin.job.name} #${leg}`;
      const { host, repository, run, attempt } = origin;
      const identity = JSON.stringify([host, repository, run, attempt, name]);
      const path = join(folder, createHash('sha256').update(identity).digest('hex'));
      if (await takeName(path, key)) return { ...origin, job: { ...origin.job, name } };
    }
    throw new Error(
      `more than ${MAX_LEGS} jobs of run ${origin.run} are called ${origin.job.name}`
    );
  });

async function takeName(path: string, key: string): Promise<boolean> {
  try {
    await writeThrough(path, key, 'wx');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(path, 'utf8')) === key;
  }
}

async function forgetOldNames(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length < MAX_NAMES) return;
  const ages = await Promise.all(
    names.map(async (name) => {
      const handle = await open(join(folder, name), 'r');
      const { mtimeMs } = await handle.stat().finally(() => handle.close());
      return { name, mtimeMs };
    })
  );
  const old = ages.sort((a, b) => a.mtimeMs - b.mtimeMs).slice(0, MAX_NAMES / 2);
  for (const { name } of old) await rm(join(folder, name), { force: true });
}
