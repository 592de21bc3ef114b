export {
  type RunRecord,
  type RunEvent,
  type SpooledRun,
  createRun,
  openRun,
  listRuns,
  putAway,
  FILES,
};

import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, readdir, rename, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { type Origin, OriginSchema } from '../../contracts/formats/origin.ts';
import { parseOutcome, type Outcome, outcomeText } from '../journal/outcome.ts';
import { asSpoolErrors, syncFolder, writeThrough } from './durable.ts';
import { RecordError } from './error.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const hex = (length: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${length}}$`)));
const decimal = v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/));
const process = v.strictObject({ pid: count, startTime: decimal });

/** What a run began with. */
const RunRecordSchema = v.strictObject({
  version: v.literal(1),
  id: v.string(),
  origin: OriginSchema,
  startedAt: count,
  /** SHA-256 of the source archive, hex; zeros where there is none. */
  source: hex(64),
  seconds: count,
  publishLog: v.boolean(),
  readable: v.array(v.string()),
  /** That which it was bought with: then its driver takes it, and it is in no run log. */
  ticket: v.optional(hex(32)),
});
type RunRecord = v.InferOutput<typeof RunRecordSchema>;

const Counter = v.strictObject({
  name: v.string(),
  unit: v.string(),
  value: v.nullable(decimal),
});

/** What happened since, each line written before what follows from it. */
const RunEventSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('attached'),
    name: v.string(),
    script: hex(64),
    /** Names the folder with what perf leaves. */
    meter: v.string(),
    /** `null` for a cgroup. */
    target: v.nullable(process),
    meters: v.array(process),
    /** Monotonic milliseconds of this boot. */
    at: count,
    boot: v.string(),
  }),
  v.strictObject({
    kind: v.literal('phase'),
    name: v.string(),
    script: hex(64),
    meter: v.string(),
    exitStatus: count,
    milliseconds: count,
    counters: v.array(Counter),
  }),
  v.strictObject({
    kind: v.literal('ended'),
    /** As published: masked. */
    origin: OriginSchema,
    outcome: v.pipe(v.string(), v.transform(parseOutcome)),
  }),
  v.strictObject({ kind: v.literal('published'), output: hex(64), result: hex(64) }),
  v.strictObject({ kind: v.literal('receipt'), runner: v.string(), block: hex(232) }),
  v.strictObject({ kind: v.literal('noted'), commit: hex(40), note: hex(64) }),
]);
type RunEvent = v.InferOutput<typeof RunEventSchema>;

const FILES = { record: 'run.json', journal: 'journal.jsonl', meters: 'meters', result: 'result' };
const RUNS = 'runs';
const DONE = 'done';
/** Of runs that are through; what they were stands in the log. */
const MAX_DONE = 1_000;
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** A run's folder. Every method's effect has reached the disk when it returns. */
interface SpooledRun {
  readonly id: string;
  readonly folder: string;
  readonly record: RunRecord;
  events(): Promise<readonly RunEvent[]>;
  append(event: RunEvent): Promise<void>;
}

/** Begins a run's folder. @throws {RecordError} `SPOOL` */
const createRun = (spool: string, record: Omit<RunRecord, 'version' | 'id'>): Promise<SpooledRun> =>
  asSpoolErrors(spool, async () => {
    // Sorts by time, so that the oldest is published first.
    const id = `${record.startedAt.toString().padStart(14, '0')}-${randomBytes(6).toString('hex')}`;
    const folder = join(spool, RUNS, id);
    await mkdir(join(spool, RUNS), { recursive: true, mode: 0o700 });
    const draft = join(spool, RUNS, `.${id}`);
    await mkdir(join(draft, FILES.meters), { recursive: true, mode: 0o700 });
    const complete: RunRecord = { version: 1, id, ...record };
    await writeThrough(join(draft, FILES.record), JSON.stringify(complete));
    await rename(draft, folder);
    await syncFolder(dirname(folder));
    return runAt(folder, complete);
  });

/** @throws {RecordError} `UNKNOWN`, `SPOOL` */
async function openRun(spool: string, id: string): Promise<SpooledRun> {
  const folder = join(spool, RUNS, id);
  const known = /^[0-9]{14}-[0-9a-f]{12}$/.test(id) && (await exists(join(folder, FILES.record)));
  if (!known) throw new RecordError('UNKNOWN', `no run ${JSON.stringify(id)} is open in ${spool}`);
  return asSpoolErrors(spool, async () => {
    const text = await readFile(join(folder, FILES.record), 'utf8');
    return runAt(folder, v.parse(RunRecordSchema, JSON.parse(text)));
  });
}

/** Names of all that are not through, oldest first. */
async function listRuns(spool: string): Promise<readonly string[]> {
  const names = await readdir(join(spool, RUNS)).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).sort();
}

/** Moves a run that is through out of the way, without its result, and forgets the oldest of those. */
const putAway = (spool: string, { id, folder }: SpooledRun): Promise<void> =>
  asSpoolErrors(spool, async () => {
    const done = join(spool, DONE);
    await mkdir(done, { recursive: true, mode: 0o700 });
    for (const name of [FILES.result, FILES.meters])
      await rm(join(folder, name), { recursive: true, force: true });
    await rename(folder, join(done, id));
    await syncFolder(done);
    const old = (await readdir(done)).sort().slice(0, -MAX_DONE);
    for (const name of old) await rm(join(done, name), { recursive: true, force: true });
  });

function runAt(folder: string, record: RunRecord): SpooledRun {
  const path = join(folder, FILES.journal);
  return {
    id: record.id,
    folder,
    record,
    events: () =>
      asSpoolErrors(folder, async () =>
        (await wholeLines(path)).map((line) => v.parse(RunEventSchema, JSON.parse(line)))
      ),
    append: (event) =>
      asSpoolErrors(folder, async () => {
        // Half a line is of a write that a crash cut short: nothing has followed from it.
        await truncate(
          path,
          Buffer.byteLength((await wholeLines(path)).map((l) => `${l}\n`).join(''))
        ).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        });
        await writeThrough(path, `${textOf(event)}\n`, 'a');
      }),
  };
}

const textOf = (event: RunEvent): string =>
  JSON.stringify(
    event.kind === 'ended' ? { ...event, outcome: outcomeText(event.outcome) } : event
  );

async function wholeLines(path: string): Promise<string[]> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return [];
  try {
    if ((await handle.stat()).size > MAX_FILE_BYTES) throw new Error(`${path} is too large`);
    return (await handle.readFile('utf8')).split('\n').slice(0, -1);
  } finally {
    await handle.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false
  );

export type { Origin, Outcome };
