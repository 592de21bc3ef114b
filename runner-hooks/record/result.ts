export { type RunPhase, type RunResult, layOutRun };

import { mkdtemp, open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Origin } from '../../contracts/formats/origin.ts';
import type { PhaseRecord } from '../../contracts/formats/execution.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import { collectOutputs } from '../driver/outputs.ts';
import { readStacks } from '../perf/measure.ts';
import { toSpeedscope } from '../perf/speedscope.ts';
import type { Folded } from '../perf/script.ts';
import { beginResult, completeResult } from '../result/directory.ts';
import { withholdSecrets } from '../result/withhold.ts';
import { createJobFolder, removeTree } from '../sandbox/folders.ts';
import { SandboxError } from '../sandbox/error.ts';
import { createLog } from '../sandbox/log.ts';
import { type Needles, maskText } from './mask.ts';
import type { RunEnd } from './run.ts';
import { FILES, type SpooledRun } from './spool.ts';
import { runStatement } from './statement.ts';

interface RunPhase extends PhaseRecord {
  readonly counters: readonly Counter[];
  /** Folder with what perf left, below the run's. */
  readonly meter: string;
}

interface RunResult {
  /** Masked. */
  readonly origin: Origin;
  readonly phases: readonly RunPhase[];
  readonly counters: readonly Counter[];
  readonly end: RunEnd;
  readonly needles: Needles;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

const MAX_LOG_BYTES = 16 * 2 ** 20;
const OUTPUT_LIMITS = { bytes: 2 ** 31, entries: 10_000, depth: 32 };

/**
 * Lays the result directory out; the log is in it only where that was asked for.
 * @returns SHA-256 of the profile as published
 */
async function layOutRun(run: SpooledRun, result: RunResult): Promise<Uint8Array> {
  const { phases, counters, end, needles } = result;
  const folder = join(run.folder, FILES.result);
  const outputs = await beginResult(folder);
  const omitted = needles.tooMany ? [] : await takeOutputs(outputs, end, needles);
  const isLogWanted = run.record.publishLog && end.log !== undefined && !needles.tooMany;
  return completeResult(folder, {
    ...{ counters, phases, recipient: undefined },
    log: isLogWanted ? await maskedLog(end.log, needles) : undefined,
    profile: await profileOf(run, phases, needles),
    statement: (files) => runStatement(result, files, omitted),
  });
}

/** Copies the outputs, and takes out again those that hold a secret. */
async function takeOutputs(
  target: string,
  { outputs }: RunEnd,
  { secrets }: Needles
): Promise<readonly string[]> {
  if (outputs === undefined) return [];
  const names = await readdir(outputs).catch(() => []);
  const { omitted } = await collectOutputs(outputs, names, target, OUTPUT_LIMITS);
  const withheld = await withholdSecrets(target, secrets);
  return [...omitted.map(({ path }) => maskText(path, { secrets, tooMany: false })), ...withheld];
}

/** A log that cannot be read is as good as none. */
async function maskedLog(path: string, { secrets }: Needles): Promise<string> {
  const log = createLog(MAX_LOG_BYTES, secrets);
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    let left = MAX_LOG_BYTES;
    for await (const chunk of handle.createReadStream({ end: MAX_LOG_BYTES, autoClose: false })) {
      left -= (chunk as Buffer).length;
      log.write(chunk as Buffer);
    }
    if (left < 0) log.note(`the log was cut after ${MAX_LOG_BYTES} bytes`);
  } finally {
    await handle.close();
  }
  return log.end();
}

/**
 * The stacks of all phases, read in a sandbox: a recording may be as hostile as the job it is of. A
 * profile is a courtesy; without perf, without sandbox, or with more secrets than can be looked for it is
 * empty.
 */
async function profileOf(
  run: SpooledRun,
  phases: readonly RunPhase[],
  needles: Needles
): Promise<object> {
  const none: Folded = new Map();
  const work = await mkdtemp(join(tmpdir(), 'runproof-stacks-'));
  try {
    const folded = [];
    for (const [i, { name, meter }] of phases.entries()) {
      const path = join(run.folder, meter, 'perf.data');
      const room = {
        ...ROOM,
        writable: [{ source: await createJobFolder(join(work, `${i}`)), target: '/job' }],
      };
      const known = run.record.readable.map((source) => ({ source, target: source }));
      const read = (readable: typeof known): Promise<Folded> =>
        readStacks(path, { room: { ...room, readable }, signal: undefined }, scrub(needles));
      folded.push({
        name,
        folded: needles.tooMany
          ? none
          : await orNone(
              () => read(known),
              () => read([])
            ),
      });
    }
    return toSpeedscope(folded);
  } finally {
    await removeTree(work);
  }
}

/** The first that a sandbox can be made for: folders that it cannot show are left out. */
async function orNone(...ways: readonly (() => Promise<Folded>)[]): Promise<Folded> {
  for (const way of ways)
    try {
      return await way();
    } catch (error) {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!(error instanceof SandboxError) && !isAbsent) throw error;
    }
  return new Map();
}

/** The kernel keeps 15 bytes of a process's name. */
function scrub({ secrets }: Needles): (name: string) => string {
  const inNames = secrets.flatMap((secret) => [secret, secret.subarray(0, 15)]);
  return (name) => maskText(name, { secrets: inNames, tooMany: false });
}

const ROOM = {
  readable: [],
  files: [],
  environment: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
  network: false,
  sharedMemoryBytes: 2 ** 20,
};
