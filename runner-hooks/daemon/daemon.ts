import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../journal/job.ts';
import { sweep } from '../driver/local.ts';
import { Context, type Parts } from './context.ts';
import { isFatal } from './error.ts';
import { Handover, type HandoverOptions } from './handover.ts';
import { pollInboxes } from './inbox.ts';
import { takeIn } from './intake.ts';
import { destroyOldKeys } from './key-end.ts';
import { Offers } from './offer.ts';
import { carryOutOrders, refundExpired } from './orders.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { republish } from './publication.ts';
import { tidyUp } from './retention.ts';
import { settleDue } from './settlement.ts';
import { Work } from './work.ts';

export { Daemon, type DaemonOptions };

interface DaemonOptions {
  readonly services: readonly string[];
  readonly policy?: Partial<Policy>;
  /** `false`: no hand-over over HTTP. */
  readonly handover?: HandoverOptions | false;
}

/**
 * Sees requests, runs them, publishes and notes their results and has them settled. All that it
 * has begun is in the journal, so that {@link run} goes on wherever the last process ended.
 */
class Daemon {
  readonly #context: Context;
  readonly #work: Work;
  readonly #sleepers = new Set<() => void>();

  constructor(
    parts: Parts,
    private readonly options: DaemonOptions
  ) {
    const { chain, content, key } = parts;
    const offers = new Offers(options.services, key.publicKey, chain, content);
    this.#context = new Context(parts, { ...DEFAULT_POLICY, ...options.policy }, offers);
    this.#work = new Work(this.#context, () => this.#wake());
  }

  /**
   * Works until `signal` is aborted, then lets running jobs finish for `policy.drain` milliseconds
   * and gives up the rest, which start again next time. Resolves when nothing runs any more.
   *
   * @throws {JournalError} and disk failures: what cannot be written down is not done (R3)
   * @throws {DaemonError} `NOT_OURS`, `LISTEN`
   */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    const context = this.#context;
    const stop = (): void => {
      context.stopping.abort(signal.reason);
      this.#wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const { handover: where } = this.options;
    const handover = where === false ? undefined : new Handover(context, () => this.#wake(), where);
    try {
      await this.#resume();
      if (handover !== undefined) context.emit({ kind: 'listening', url: await handover.listen() });
      await this.#lines([() => this.#intake(), () => this.#payments()]);
    } finally {
      signal.removeEventListener('abort', stop);
      context.stopping.abort();
      await handover?.close();
      await this.#drain();
    }
  }

  /** Publishes again all of a job that is still ours to publish (I5). */
  republish(job: Job, options: { signal?: AbortSignal } = {}): Promise<void> {
    return republish(this.#context, job, options);
  }

  /** What a process that died has left. Runs without an outcome begin again from scratch. */
  async #resume(): Promise<void> {
    const { journal, parts, offers } = this.#context;
    await mkdir(join(parts.folder, 'results'), { recursive: true, mode: 0o700 });
    await sweep(join(parts.folder, 'runs'));
    const interrupted = journal.jobs.in('running');
    for (const job of interrupted) {
      const reason = 'the daemon ended while the job ran';
      journal.jobs.transition(job, 'running', 'accepted', { reason });
      this.#context.emit({ kind: 'interrupted', ...this.#context.about(job), reason });
    }
    this.#context.emit({
      kind: 'started',
      services: offers.addresses,
      resumed: journal.jobs.count('accepted', 'ran', 'published', 'noted', 'settling'),
    });
  }

  async #intake(): Promise<void> {
    const { more } = await pollInboxes(this.#context);
    const { decided } = await takeIn(this.#context);
    this.#work.start();
    if (more || decided > 0) this.#wake();
  }

  async #payments(): Promise<void> {
    await settleDue(this.#context);
    await carryOutOrders(this.#context);
    await refundExpired(this.#context);
    await tidyUp(this.#context);
    await destroyOldKeys(this.#context);
  }

  /** Side by side; what stops one stops all. */
  async #lines(rounds: readonly (() => Promise<void>)[]): Promise<void> {
    const lines = rounds.map((round) => this.#line(round));
    const stopOthers = (): void => {
      this.#context.stopping.abort();
      this.#wake();
    };
    for (const line of lines) line.catch(stopOthers);
    await Promise.allSettled(lines);
    await Promise.all(lines);
  }

  /** Repeats a round until told to stop, at once when woken, else after the polling time. */
  async #line(round: () => Promise<void>): Promise<void> {
    const { stopping, policy } = this.#context;
    while (!this.#context.isStopping()) {
      // Before the round, so that no call to wake up is missed while it lasts.
      const woken = new Promise<void>((resolve) => this.#sleepers.add(resolve));
      try {
        await round();
      } catch (error) {
        if (isFatal(error)) throw error;
        if (this.#context.isStopping()) return;
        this.#context.emit({ kind: 'retry', what: 'round', wait: policy.poll, error });
      }
      await sleep(policy.poll, stopping.signal, woken);
    }
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
    this.#sleepers.clear();
  }

  async #drain(): Promise<void> {
    const { policy, deadline } = this.#context;
    this.#context.emit({ kind: 'stopping', running: this.#work.running });
    const timer = setTimeout(() => deadline.abort(), policy.drain);
    try {
      await this.#work.idle();
    } finally {
      clearTimeout(timer);
      deadline.abort();
      this.#context.emit({ kind: 'stopped' });
    }
  }
}

/** Until the time is over, the signal is aborted or somebody wakes us. */
const sleep = (milliseconds: number, signal: AbortSignal, woken: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    void woken.then(done);
    if (signal.aborted) done();
  });
