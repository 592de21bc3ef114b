export { runJob, sweep };

import { createHash } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJson } from '../../contracts/formats/json.ts';
import { EXIT, type Limits } from '../../contracts/formats/job.ts';
import { sumCounters } from '../perf/events.ts';
import { measureInSandbox, type Measured } from '../perf/measure.ts';
import { toSpeedscope } from '../perf/speedscope.ts';
import type { Room } from '../sandbox/bubblewrap.ts';
import { createJobFolder, openUp, removeTree } from '../sandbox/folders.ts';
import type { SandboxLimits } from '../sandbox/limits.ts';
import { createLog, type Log } from '../sandbox/log.ts';
import { killOrphans } from '../sandbox/orphans.ts';
import { runInSandbox } from '../sandbox/sandbox.ts';
import { scrubText } from '../sandbox/secrets.ts';
import { JobError, SourceError } from './error.ts';
import { createRoom, hiddenIn, INSIDE, parseSecrets } from './room.ts';
import type { JobOutcome, JobRequest, JobSettings, LocalRequest, PhaseOutcome } from './job.ts';
import { collectOutputs } from './outputs.ts';
import { refusal } from './refusal.ts';
import { fetchSource, type FetchedSource } from './source.ts';

const DISK_BYTES = 16 * 2 ** 30;
const OUTPUT_ENTRIES = 10_000;
const OUTPUT_DEPTH = 32;

/**
 * Runs a job on this machine: fetches the source, unpacks it into a fresh folder, runs the phases in
 * order in the sandbox and under perf, and collects the declared outputs. Whatever the job does,
 * this ends within its limits and leaves one folder, which `discard` removes.
 *
 * A source that does not exist, or that this provider does not fetch, is an outcome (`EXIT.refused`);
 * one that cannot be reached is an error, since another try may help.
 * @throws {SourceError} `aborted`, `unreachable`, `timeout`
 * @throws {JobError} `input`, `source`
 * @throws {SandboxError}
 * @throws {PerfError}
 */
async function runJob(request: JobRequest, settings: JobSettings): Promise<JobOutcome> {
  const { folder, signal, onProgress } = settings;
  assertLocal(request);
  const secrets = parseSecrets(request.secrets ?? {});
  const hidden = hiddenIn(secrets, request);
  const log = createLog(request.limits.logBytes, hidden, settings.onLog);
  const run = join(folder, `${RUN_PREFIX}${process.pid}-${Date.now()}-${(counter += 1)}`);
  await mkdir(run, { recursive: true, mode: 0o700 });
  try {
    const outputs = join(run, 'outputs');
    await mkdir(outputs);
    const discard = (): Promise<void> => removeTree(run);
    if (request.limits.network && settings.shareNetwork !== true) {
      const reason = 'the service asks for a network, which this provider does not lend';
      return refusal(reason, log, { outputs, discard });
    }
    onProgress?.({ step: 'fetch' });
    const source = await fetchOrRefuse(request, settings);
    if (source instanceof SourceError) return refusal(source.message, log, { outputs, discard });

    const folders = await createFolders(run);
    const room = createRoom(request, secrets, folders, source.commitTime);
    onProgress?.({ step: 'unpack' });
    await unpack(source, room, settings);
    const { phases, stacks, reason, ...last } = await runPhases(
      request,
      room,
      { run, log, hidden },
      settings
    );

    onProgress?.({ step: 'collect' });
    await openUp(folders.work);
    const collected = await collectOutputs(
      folders.work,
      request.job.outputs,
      outputs,
      { bytes: request.limits.outputBytes, entries: OUTPUT_ENTRIES, depth: OUTPUT_DEPTH },
      signal
    );
    collected.omitted.forEach(({ path, reason }) => log.note(`left out ${path}: ${reason}`));
    await Promise.all([folders.work, folders.home, folders.temporary].map(removeTree));

    const profile = toSpeedscope(stacks);
    const overflow = collected.exceeded && last.exitStatus === 0;
    return {
      exitStatus: overflow ? EXIT.outputLimit : last.exitStatus,
      reason: overflow ? collected.omitted.at(-1)?.reason : reason,
      sourceDigest: source.digest,
      phases,
      counters: sumCounters(phases.map(({ counters }) => counters)),
      peakMemoryBytes: Math.max(...phases.map(({ peakMemoryBytes = 0 }) => peakMemoryBytes)),
      milliseconds: phases.reduce((sum, phase) => sum + Number(phase.milliseconds), 0),
      profile,
      profileDigest: sha256(encodeJson(profile)),
      log: log.end(),
      outputs,
      omitted: collected.omitted,
      discard,
    };
  } catch (error) {
    await removeTree(run);
    throw error;
  }
}

function assertLocal(request: JobRequest): asserts request is LocalRequest {
  if ('phases' in request.job) return;
  throw new JobError('input', `a job of the driver ${request.driver} has no phases to run here`);
}

const RUN_PREFIX = 'run-';
let counter = 0;

/**
 * Removes what jobs of a crashed process have left, as far as it did not go with its parent. Call it
 * while no job runs in `folder`, and after every outcome that is still wanted was published.
 */
async function sweep(folder: string): Promise<void> {
  killOrphans();
  const names = (path: string): Promise<string[]> => readdir(path).catch(() => []);
  const runs = (await names(folder)).filter((name) => name.startsWith(RUN_PREFIX));
  const cache = join(folder, CACHE);
  const fetches = (await names(cache)).filter((name) => name.startsWith('fetch-'));
  for (const path of runs.map((name) => join(folder, name))) await removeTree(path);
  for (const path of fetches.map((name) => join(cache, name))) await removeTree(path);
}

const CACHE = 'sources';

async function fetchOrRefuse(
  { source }: JobRequest,
  { folder, maxSourceBytes, fetchSeconds, allowFiles, signal }: JobSettings
): Promise<FetchedSource | SourceError> {
  try {
    return await fetchSource(source, {
      cache: join(folder, CACHE),
      ...(maxSourceBytes === undefined ? {} : { maxBytes: maxSourceBytes }),
      ...(fetchSeconds === undefined ? {} : { seconds: fetchSeconds }),
      ...(allowFiles === undefined ? {} : { allowFiles }),
      signal,
    });
  } catch (error) {
    const final = ['address', 'not-found', 'too-large', 'corrupt'];
    if (error instanceof SourceError && final.includes(error.code)) return error;
    throw error;
  }
}

async function createFolders(
  run: string
): Promise<{ work: string; home: string; temporary: string }> {
  const work = await createJobFolder(join(run, 'work'));
  return {
    work,
    home: await createJobFolder(join(run, 'home'), work),
    temporary: await createJobFolder(join(run, 'tmp'), work),
  };
}

/** Unpacked inside the sandbox: whatever the archive says, it says it to the job's own folder. */
async function unpack(source: FetchedSource, room: Room, settings: JobSettings): Promise<void> {
  const archive = await open(source.archive);
  try {
    let complaint = '';
    const { exitStatus } = await runInSandbox({
      command: ['tar', '--extract', '--file=-', '--no-same-owner', '--preserve-permissions'],
      room: { ...room, readable: [], files: [], network: false },
      limits: { ...UNPACKING, diskBytes: settings.diskBytes ?? DISK_BYTES },
      stdin: archive.fd,
      onOutput: (chunk) => (complaint += chunk.toString()),
      signal: settings.signal,
    });
    if (exitStatus !== 0)
      throw new JobError(
        'source',
        `the source could not be unpacked (status ${exitStatus}): ${complaint.slice(0, 500)}`
      );
  } finally {
    await archive.close();
  }
}

const UNPACKING = {
  seconds: 600,
  memoryBytes: 2 ** 28,
  processes: 8,
  logBytes: 64 * 1024,
} as const;

async function runPhases(
  { job, limits }: LocalRequest,
  room: Room,
  { run, log, hidden }: { run: string; log: Log; hidden: readonly Uint8Array[] },
  { diskBytes = DISK_BYTES, onProgress, signal }: JobSettings
) {
  const phases: PhaseOutcome[] = [];
  const stacks: { name: string; folded: Measured['stacks'] }[] = [];
  // The kernel keeps 15 bytes of a process's name.
  const inNames = hidden.flatMap((secret) => [secret, secret.subarray(0, 15)]);
  const left = budget(limits, diskBytes);
  let last: Measured | undefined;
  for (const [index, { name, script }] of job.phases.entries()) {
    onProgress?.({ step: 'phase', name, index });
    // Readers of a log go from phase to phase by these lines.
    if (job.phases.length > 1) log.head(`phase ${name}`);
    last = await measureInSandbox(
      {
        command: ['/bin/bash', '-euo', 'pipefail', `${INSIDE.scripts}/${name}`],
        room,
        limits: left,
        onOutput: (chunk) => {
          left.logBytes -= chunk.length;
          log.write(chunk);
        },
        signal,
      },
      { folder: run, scrub: (name) => scrubText(name, inNames) }
    );
    left.seconds = Math.max(0.001, left.seconds - last.milliseconds / 1000);
    stacks.push({ name, folded: last.stacks });
    phases.push({
      name,
      script: sha256(script),
      exitStatus: last.exitStatus,
      milliseconds: BigInt(last.milliseconds),
      taskClock: last.counters[0]!.value!,
      counters: last.counters,
      peakMemoryBytes: last.peakMemoryBytes,
    });
    if (last.breach !== undefined) log.note(`phase ${name} was stopped: ${last.breach}`);
    if (last.exitStatus !== 0) break;
  }
  return { phases, stacks, exitStatus: last!.exitStatus, reason: last!.breach };
}

/** What the phases may use together. */
const budget = (limits: Limits, diskBytes: number): SandboxLimits => ({
  seconds: limits.seconds,
  memoryBytes: limits.memoryBytes,
  processes: limits.processes,
  logBytes: limits.logBytes,
  diskBytes,
});

const sha256 = (data: string | Uint8Array): Uint8Array =>
  createHash('sha256').update(data).digest();
