export { type RunHandle, type PhaseRun, type RunEnd, type Target, handleOf, bootNow };

import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../contracts/formats/bytes.ts';
import { EXIT, MAX_PHASES } from '../../contracts/formats/job.ts';
import type { Origin } from '../../contracts/formats/origin.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import { EVENTS } from '../perf/events.ts';
import { readReport } from '../perf/measure.ts';
import { meterCommand } from '../perf/meter.ts';
import { parseStat } from '../perf/stat.ts';
import { PerfError } from '../perf/error.ts';
import { attachMeters, stopMeters } from './attach.ts';
import { conclude } from './conclude.ts';
import { RecordError } from './error.ts';
import { type ProcessName, nameOf, processesOf } from './process.ts';
import { FILES, type RunEvent, type SpooledRun } from './spool.ts';
import { forgetInput, ticketSecrets } from './ticket.ts';

/** What perf is put on from outside: a process with all its present and later children, or a cgroup. */
type Target = { readonly pid: number } | { readonly cgroup: string };

/** What a phase's caller is given to start it under perf: words to put before the command. */
interface PhaseRun {
  readonly meter: readonly string[];
}

interface RunEnd {
  /** See `EXIT`; `EXIT.unknown` where the forge does not tell its hooks. */
  readonly exitStatus: number;
  /** Path of the job's log. Published only where `publishLog` was asked for. */
  readonly log?: string;
  /** Folder whose files are published as `outputs/`; copied, so it may go once `end` has returned. */
  readonly outputs?: string;
  /**
   * Values to be hidden: the forge's masked ones and every secret of the job. Never written down.
   * `lost` where nobody knows them any more: then no text of the job is kept.
   */
  readonly masks: readonly string[] | 'lost';
  /** SHA-256 of the workflow file, hex, where it could be read only from the job's own checkout. */
  readonly workflow?: string;
  /** perf came late, or part of the job ran out of its sight: nothing is better than too little. */
  readonly uncounted?: boolean;
  /** Unix milliseconds; default now. */
  readonly finishedAt?: number;
}

/** A run that has begun. All of it is in the spool, so another process may open it again by its id. */
interface RunHandle {
  readonly id: string;
  readonly origin: Origin;
  /**
   * Counts and samples from now on. perf outlives the process that calls this, and ends with the target
   * or at {@link RunHandle.end}. At most once a run. Where perf is missing or forbidden the run goes on,
   * and its counters are published as unsupported.
   *
   * @param options.name of the phase that the target's work is published as; default `job`
   * @param options.script SHA-256 of what the target runs; default that of the workflow file
   * @throws {RecordError} `INPUT`, `STATE`, `SPOOL`
   */
  attach(
    target: Target,
    options?: { readonly name?: string; readonly script?: Uint8Array }
  ): Promise<void>;
  /**
   * Runs a phase whose command the caller starts itself, `meter` put before it, and gives its exit
   * status back. At most four phases a run, `attach` counted.
   *
   * @param script SHA-256 of the phase's script
   * @throws {RecordError} `INPUT`, `STATE`, `SPOOL`; whatever `run` throws
   */
  phase(name: string, script: Uint8Array, run: (run: PhaseRun) => Promise<number>): Promise<number>;
  /**
   * Lays out what will be published, masked, and writes it down. Then the agent publishes it, or the
   * driver takes it whose ticket it came with; that ticket's secrets are masked too, and removed from
   * memory. Asked for twice, it does nothing the second time.
   * @throws {RecordError} `INPUT`, `SPOOL`
   */
  end(end: RunEnd): Promise<void>;
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

function handleOf(run: SpooledRun, spool: string): RunHandle {
  /** A folder for one phase's reports. */
  const place = async (events: readonly RunEvent[], name: string, script: Uint8Array) => {
    if (!NAME.test(name) || script.length !== 32)
      throw new RecordError(
        'INPUT',
        `phase ${JSON.stringify(name)} needs a short lower-case name and a SHA-256`
      );
    const used = events.filter(({ kind }) => kind === 'attached' || kind === 'phase');
    if (events.some(({ kind }) => kind === 'ended') || used.length >= MAX_PHASES)
      throw new RecordError(
        'STATE',
        `run ${run.id} has ended or has its ${MAX_PHASES} phases already`
      );
    const meter = `${FILES.meters}/${used.length}`;
    await mkdir(join(run.folder, meter), { recursive: true, mode: 0o700 });
    return meter;
  };
  return {
    id: run.id,
    origin: run.record.origin,

    async attach(target, { name = 'job', script = workflowDigest(run.record.origin) } = {}) {
      const events = await run.events();
      if (events.some(({ kind }) => kind === 'attached'))
        throw new RecordError('STATE', `run ${run.id} is attached to its processes already`);
      const meter = await place(events, name, script);
      const meters = await measure(target, join(run.folder, meter), run.record.seconds);
      await run
        .append({
          ...{ kind: 'attached', name, script: toHex(script), meter, meters: [...meters] },
          target: 'pid' in target ? (nameOf(target.pid) ?? null) : null,
          ...bootNow(),
        })
        .catch(async (error: unknown) => {
          await stopMeters(meters);
          throw error;
        });
    },

    async phase(name, script, start) {
      const meter = await place(await run.events(), name, script);
      const files = {
        stat: join(run.folder, meter, 'stat.json'),
        samples: join(run.folder, meter, 'perf.data'),
      };
      const began = performance.now();
      const exitStatus = await start({ meter: meterCommand(files, run.record.seconds) });
      if (!Number.isInteger(exitStatus) || exitStatus < 0 || exitStatus > 0xffff)
        throw new RecordError('INPUT', `${exitStatus} is no exit status`);
      const counters = await countersOf(files.stat);
      await run.append({
        ...{ kind: 'phase', name, script: toHex(script), meter, exitStatus },
        milliseconds: Math.round(performance.now() - began),
        counters: counters.map(({ value, ...rest }) => ({
          ...rest,
          value: value?.toString() ?? null,
        })),
      });
      return exitStatus;
    },

    async end(end) {
      if (!Number.isInteger(end.exitStatus) || end.exitStatus < 0 || end.exitStatus > EXIT.unknown)
        throw new RecordError('INPUT', `${end.exitStatus} is no exit status`);
      const events = await run.events();
      if (events.some(({ kind }) => kind === 'ended')) return;
      const attached = events.find((event) => event.kind === 'attached');
      if (attached !== undefined) await stopMeters(attached.meters);
      if (attached !== undefined && end.uncounted === true)
        await rm(join(run.folder, attached.meter), { recursive: true, force: true });
      const counters =
        attached && (await countersOf(join(run.folder, attached.meter, 'stat.json')));
      const { ticket } = run.record;
      const secrets = ticket === undefined ? [] : await ticketSecrets(spool, ticket);
      await conclude(run, events, end, secrets, counters, bootNow());
      if (ticket !== undefined) await forgetInput(spool, ticket);
    },
  };
}

const METERS = 2;
const ATTEMPTS = 5;

/**
 * perf takes it for a failure if a process has ended since it was listed, as hooks and short commands do: then
 * it is asked again, at last for those alone that stay.
 */
async function measure(
  target: Target,
  folder: string,
  seconds: number
): Promise<readonly ProcessName[]> {
  let former: readonly number[] | undefined;
  for (let attempt = 1; ; attempt++) {
    const all = processesOf(target);
    const pids = attempt <= 2 ? all : all.filter((pid) => former?.includes(pid));
    const { meters } = await attachMeters(pids.length > 0 ? pids : all, folder, seconds);
    const isGone = pids.some((pid) => nameOf(pid) === undefined);
    if (meters.length === METERS || !isGone || attempt === ATTEMPTS) return meters;
    await stopMeters(meters);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    former = all;
  }
}

/** What perf stat left, or as many counters that this machine does not support. */
const countersOf = (path: string): Promise<readonly Counter[]> =>
  readReport(path)
    .then(parseStat)
    .catch((error: unknown) => {
      if (!(error instanceof PerfError)) throw error;
      return Object.entries(EVENTS).map(([name, unit]) => ({ name, unit, value: undefined }));
    });

const workflowDigest = ({ workflow }: Origin): Uint8Array =>
  Buffer.from(workflow.sha256 ?? '00'.repeat(32), 'hex');

/** A clock that no job can set, whichever process asks; comparable within one boot. */
const bootNow = (): { at: number; boot: string } => ({
  at: Number(process.hrtime.bigint() / 1_000_000n),
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
});
