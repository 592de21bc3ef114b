export { measureInSandbox, type Measured, readReport, readStacks };

import { chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../sandbox/bubblewrap.ts';
import { ownerOf } from '../sandbox/folders.ts';
import { runInSandbox, type SandboxOptions, type SandboxOutcome } from '../sandbox/sandbox.ts';
import { PerfError } from './error.ts';
import type { Counter } from './events.ts';
import { meterCommand } from './meter.ts';
import { createScriptParser, SCRIPT_COMMAND, type Folded } from './script.ts';
import { MAX_STAT_BYTES, parseStat } from './stat.ts';

type Measured = SandboxOutcome & { counters: Counter[]; stacks: Folded };

/** For reading a recording, which may be as hostile as the job that was recorded. */
const READING = {
  seconds: 120,
  memoryBytes: 2 ** 30,
  processes: 16,
  diskBytes: 2 ** 50,
  logBytes: 256 * 2 ** 20,
} as const;

/**
 * {@link runInSandbox} under `perf stat` and `perf record`, both outside the sandbox. Counters
 * include what the sandbox itself costs, some milliseconds. The recording is deleted.
 * @param to `folder` is where perf may write, not visible to the job; `scrub` takes secrets out of
 * the names that a job gives its processes, files and functions
 * @throws {PerfError}
 * @throws {SandboxError} also where perf is missing or forbidden: `unsupported`
 */
async function measureInSandbox(
  options: Omit<SandboxOptions, 'meter'>,
  to: { folder: string; scrub?: (name: string) => string }
): Promise<Measured> {
  const own = await mkdtemp(join(to.folder, 'perf-'));
  const files = { stat: join(own, 'stat.json'), samples: join(own, 'perf.data') };
  try {
    const meter = meterCommand(files, options.limits.seconds);
    const outcome = await runInSandbox({ ...options, meter });
    const counters = parseStat(await readReport(files.stat));
    const stacks = await readStacks(files.samples, options, to.scrub);
    return { ...outcome, counters, stacks };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** What perf stat wrote. @throws {PerfError} `format` */
async function readReport(path: string): Promise<string> {
  try {
    if ((await stat(path)).size <= MAX_STAT_BYTES) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PerfError('format', 'perf stat left no report; run the job again', { cause });
  }
  throw new PerfError('format', `perf's report is larger than ${MAX_STAT_BYTES} bytes`);
}

/**
 * Reads a recording in a sandbox of its own: perf parses the job's executables for their symbols,
 * and finds them where the job had them. A profile is a courtesy, so what cannot be read is left out.
 */
async function readStacks(
  path: string,
  { room, signal }: Pick<SandboxOptions, 'room' | 'signal'>,
  scrub: ((name: string) => string) | undefined
): Promise<Folded> {
  const uid = await ownerOf(room.writable[0]!.source);
  if (uid !== undefined) await chown(path, uid, uid);
  const recording: Mount = { source: path, target: '/perf.data' };
  const parser = createScriptParser(scrub);
  await runInSandbox({
    command: ['/bin/bash', '-c', `exec ${SCRIPT_COMMAND} ${recording.target} 2>/dev/null`],
    room: { ...room, readable: [...room.readable, recording], files: [], network: false },
    limits: READING,
    onOutput: (chunk) => parser.push(chunk),
    signal,
  });
  return parser.end();
}
