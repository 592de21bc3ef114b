export { Jobs, type JobsContext, type JobEvent };

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes } from '../../contracts/formats/bytes.ts';
import { EXIT } from '../../contracts/formats/job.ts';
import { type Origin, encodeOrigin } from '../../contracts/formats/origin.ts';
import { begin, reopen } from '../record/begin.ts';
import { RecordError } from '../record/error.ts';
import { isAlive } from '../record/process.ts';
import { type RunHandle, bootNow } from '../record/run.ts';
import { listRuns, openRun } from '../record/spool.ts';
import { descendants } from '../sandbox/process-tree.ts';
import { NO_TICKET, boughtWith } from './bought.ts';
import { GithubError } from './error.ts';
import { type FollowRecord, claimName, follow, followed, unfollow } from './follow.ts';
import { dropReports, hasMark, readReport, readReports } from './mailbox.ts';
import { originOf, workflowOf } from './origin.ts';
import {
  type Answer,
  type Message,
  type Report,
  BOUGHT_MILLISECONDS,
  reportName,
  workerKey,
} from './report.ts';
import { exitIn, findLog } from './result.ts';
import { spentBelow } from './worker.ts';
import { workflowDigest } from './workflow.ts';

interface JobsContext {
  readonly spool: string;
  /** Most seconds that a job may take. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JobEvent) => void;
}

type JobEvent =
  | {
      readonly kind: 'begun';
      readonly run: string;
      readonly origin: Origin;
      readonly ticket: boolean;
    }
  /** `late`: too late for its counters to be shown. */
  | { readonly kind: 'measured'; readonly run: string; readonly late: boolean }
  | { readonly kind: 'ended'; readonly run: string; readonly exitStatus: number }
  /** The job may not run on this machine. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The job goes on, and something of ours does not. */
  | { readonly kind: 'fault'; readonly reason: string };

/** Where perf comes later than this, or than so much CPU time of the job, too much has been missed. */
const LATE_MILLISECONDS = 10_000;
const MISSED_MILLISECONDS = 300;
/** From the end of the job's last step to where the runner writes down how the job ended. */
const RESULT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 200;
const A_DAY = 86_400_000;
/** Of jobs whose secrets are in memory: some dozen at a time are real. */
const MAX_KEYS = 1_024;

/**
 * The jobs of this machine's GitHub runners: begins a run for each, has perf put on its worker, and ends it
 * when the runner says so or is gone. What it needs to go on after a kill lies in spool and mailboxes.
 */
class Jobs {
  /** By worker: whatever is done for a job is done in turn. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #masks = new Map<string, Set<string>>();
  /** Workers whose masks have come whole: a report says how many there should be. */
  readonly #told = new Set<string>();
  readonly #runs = new Set<string>();

  constructor(private readonly context: JobsContext) {}

  /** Whether a run is ours to end. */
  isFollowed = (run: string): boolean => this.#runs.has(run);

  /** What a hook says over the socket of a mailbox. */
  async receive(mailbox: string, { report: name, masks }: Message): Promise<Answer> {
    const [key, kind] = [name.slice(0, name.indexOf('.')), name.split('.')[1]];
    const known = this.#masks.get(key) ?? new Set<string>();
    for (const mask of masks) known.add(mask);
    this.#masks.set(key, known);
    this.#told.add(`${key}.${kind}`);
    for (const old of [...this.#masks.keys()].slice(0, -MAX_KEYS)) this.#forget(old);
    if (kind === 'masked') return ACCEPTED;
    const answer = this.#take(mailbox, key, name);
    return kind === 'started' ? answer : ACCEPTED;
  }

  /** Goes through what was left while nobody listened, and through workers that are gone. */
  async sweep(mailboxes: readonly string[]): Promise<void> {
    const { spool } = this.context;
    for (const record of await followed(spool)) this.#runs.add(record.run);
    for (const mailbox of mailboxes)
      for (const { worker, stage } of readReports(mailbox)) {
        const key = workerKey(worker);
        if (this.#turns.has(key)) continue;
        const taken = this.#take(mailbox, key, reportName(worker, stage));
        if (stage === 'started') await taken;
      }
    for (const record of await followed(spool)) {
      const key = workerKey(record.worker);
      if (!this.#turns.has(key) && !isThere(record))
        void this.#inTurn(key, () => this.#finish(key, undefined));
    }
  }

  /** Read when its turn has come: whoever was before may have been through with the job. */
  #take(mailbox: string, key: string, name: string): Promise<Answer> {
    return this.#inTurn(key, async () => {
      const report = readReport(mailbox, name);
      if (report === undefined) return ACCEPTED;
      if (report.stage === 'completed') return this.#finish(key, report, mailbox);
      return this.#start(mailbox, report).catch((error: unknown) => {
        // It says nothing that can be attested, however often it is read.
        if (error instanceof GithubError) dropReports(mailbox, report.worker);
        throw error;
      });
    });
  }

  /** Until nothing is being done for any job. */
  async idle(): Promise<void> {
    while (this.#turns.size > 0) await Promise.allSettled(this.#turns.values());
  }

  /** A fault of ours ends here, and never in a customer's job. */
  async #inTurn(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.context.onEvent({ kind: 'fault', reason });
      return { accepted: false, isFault: true, reason, environment: {} };
    });
    this.#turns.set(key, turn);
    const answer = await turn;
    if (this.#turns.get(key) === turn) this.#turns.delete(key);
    return answer;
  }

  async #start(mailbox: string, report: Report): Promise<Answer> {
    const { spool, seconds, onEvent } = this.context;
    const known = (await followed(spool)).find((record) => isOf(record, report));
    if (known !== undefined) return this.#resume(known);
    if (report.at > Date.now() + A_DAY)
      throw new GithubError('REPORT', 'a report of a job comes from the future; it is left out.');
    const isOver = !isThere(report);
    if (!isOver) assertOwner(mailbox, report);
    const key = `${report.boot}-${workerKey(report.worker)}`;
    const origin = await claimName(spool, originOf(report), key);
    const { ticket, reason } = await boughtWith(spool, mailbox, report, origin);
    if (report.marketOnly && ticket === undefined) {
      dropReports(mailbox, report.worker);
      onEvent({ kind: 'refused', reason: reason ?? NO_TICKET });
      return { accepted: false, reason: reason ?? NO_TICKET, environment: {} };
    }
    const options = { startedAt: report.at, seconds, ...(ticket && { ticket: ticket.id }) };
    const run =
      (await begunBefore(spool, origin, report.at)) ?? (await begin(spool, origin, options));
    this.#runs.add(run.id);
    const { path, commit } = workflowOf(report);
    const record: FollowRecord = {
      ...{ version: 1, run: run.id, mailbox, worker: report.worker, boot: report.boot },
      ...{
        at: report.at,
        tick: report.tick,
        spent: report.spent,
        log: findLog(report.worker.pid) ?? null,
      },
      workspace: report.variables.GITHUB_WORKSPACE ?? null,
      workflow: commit === undefined ? null : { commit, path },
      late: isOver,
    };
    await follow(spool, record);
    onEvent({ kind: 'begun', run: run.id, origin, ticket: ticket !== undefined });
    // What is paid by its counters begins when they count: the hook of a bought run waits for this.
    if (!isOver && ticket !== undefined) await this.#attach(run, record, BOUGHT_MILLISECONDS);
    else if (!isOver)
      void this.#inTurn(workerKey(report.worker), () =>
        this.#attach(run, record, LATE_MILLISECONDS)
      );
    const environment = ticket?.environment ?? {};
    return { accepted: true, ...(reason === undefined ? {} : { reason }), environment };
  }

  /** After a kill: perf goes on by itself, unless we had not got to it. */
  async #resume(record: FollowRecord): Promise<Answer> {
    const { spool } = this.context;
    this.#runs.add(record.run);
    const run = await openRun(spool, record.run).catch(() => undefined);
    const events = (await run?.events()) ?? [];
    const isReady = events.some(({ kind }) => kind === 'attached' || kind === 'ended');
    if (run === undefined || isReady || !isThere(record)) return ACCEPTED;
    return this.#attach(await reopen(spool, record.run), record, LATE_MILLISECONDS);
  }

  async #attach(run: RunHandle, record: FollowRecord, most: number): Promise<Answer> {
    const { pid } = record.worker;
    const before = new Set(pidsBelow(pid));
    await run.attach({ pid });
    const missed = spentBelow(pid) - record.spent;
    const late =
      bootNow().at - record.tick > most ||
      missed > MISSED_MILLISECONDS ||
      // What began while perf did may not have been seen.
      pidsBelow(pid).some((each) => !before.has(each));
    if (late) await follow(this.context.spool, { ...record, late });
    this.context.onEvent({ kind: 'measured', run: run.id, late });
    return ACCEPTED;
  }

  /** @param report what the job-completed hook left; `undefined` where the worker went without it */
  async #finish(key: string, report: Report | undefined, from?: string): Promise<Answer> {
    const { spool, onEvent } = this.context;
    const record = (await followed(spool)).find(
      (known) => workerKey(known.worker) === key && (report === undefined || isOf(known, report))
    );
    if (record === undefined) {
      // Of a job that ran when the hooks were installed.
      if (report !== undefined && from !== undefined) dropReports(from, report.worker);
      return ACCEPTED;
    }
    const { mailbox, worker } = record;
    const exitStatus = await this.#exitOf(record);
    if (this.context.signal.aborted) return ACCEPTED;
    const masks = this.#masksOf(key, record, report);
    const workflow = await digestOf(record);
    const late = (await followed(spool)).find(({ run }) => run === record.run)?.late === true;
    const uncounted = late || hasMark(mailbox, worker, 'outside');
    const run = await reopen(spool, record.run).catch((error: unknown) => {
      // Ended and published already, and then we were killed.
      if (error instanceof RecordError && error.code === 'UNKNOWN') return undefined;
      throw error;
    });
    await run?.end({
      ...{ exitStatus, masks, uncounted, finishedAt: finishOf(record, report) },
      ...(workflow === undefined ? {} : { workflow }),
    });
    dropReports(mailbox, worker);
    await unfollow(spool, record);
    this.#forget(key);
    this.#runs.delete(record.run);
    onEvent({ kind: 'ended', run: record.run, exitStatus });
    return ACCEPTED;
  }

  /** Waits for the runner to say it, for as long as its worker lives. */
  async #exitOf({ log, ...record }: FollowRecord): Promise<number> {
    if (log === null) return EXIT.unknown;
    const { signal } = this.context;
    const end = bootNow().at + RESULT_MILLISECONDS;
    const isOpen = (): boolean => !signal.aborted && isThere(record) && bootNow().at < end;
    while (isOpen() && exitIn(log) === undefined)
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    return exitIn(log) ?? EXIT.unknown;
  }

  #masksOf(
    key: string,
    { mailbox, worker }: FollowRecord,
    report: Report | undefined
  ): readonly string[] | 'lost' {
    const isLost =
      (hasMark(mailbox, worker, 'masked') && !this.#told.has(`${key}.masked`)) ||
      ((report?.masks ?? 0) > 0 && !this.#told.has(`${key}.completed`));
    return isLost ? 'lost' : [...(this.#masks.get(key) ?? [])];
  }

  #forget(key: string): void {
    this.#masks.delete(key);
    for (const kind of ['started', 'completed', 'masked']) this.#told.delete(`${key}.${kind}`);
  }
}

const ACCEPTED: Answer = { accepted: true, environment: {} };

const isOf = ({ worker, boot }: FollowRecord, report: Report): boolean =>
  boot === report.boot && workerKey(worker) === workerKey(report.worker);

const isThere = ({ worker, boot }: Pick<FollowRecord, 'worker' | 'boot'>): boolean =>
  boot === bootNow().boot && isAlive(worker);

const pidsBelow = (pid: number): number[] => [...descendants(pid)].map((each) => each.pid);

/** Whoever can write into a mailbox may have perf put on processes of their own, and on nobody else's. */
function assertOwner(mailbox: string, { worker }: Report): void {
  if (statSync(`/proc/${worker.pid}`).uid !== statSync(mailbox).uid)
    throw new GithubError(
      'REPORT',
      `process ${worker.pid} is not of the user whose mailbox this is.`
    );
}

/** Begun by an agent that was killed before it could write down that it followed it. */
async function begunBefore(
  spool: string,
  origin: Origin,
  at: number
): Promise<RunHandle | undefined> {
  for (const id of await listRuns(spool)) {
    if (!id.startsWith(`${at.toString().padStart(14, '0')}-`)) continue;
    const { record } = await openRun(spool, id);
    if (equalBytes(encodeOrigin(record.origin), encodeOrigin(origin))) return reopen(spool, id);
  }
  return undefined;
}

/** Of the job's own checkout, if it made one. */
const digestOf = async ({ workspace, workflow }: FollowRecord): Promise<string | undefined> =>
  workspace === null || workflow === null ? undefined : workflowDigest(workspace, workflow);

/** By the clock that no job can set, as long as there is one. */
const finishOf = ({ at, tick, boot }: FollowRecord, report: Report | undefined): number => {
  if (boot !== bootNow().boot) return at;
  return at + Math.max(0, Math.min(report?.tick ?? Infinity, bootNow().at) - tick);
};
