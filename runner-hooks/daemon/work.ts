import type { Job } from '../journal/job.ts';
import type { Context } from './context.ts';
import { isFatal } from './error.ts';
import { note, publish } from './publication.ts';
import { run } from './run.ts';

export { Work };

/** Jobs between acceptance and their place in the log, side by side. */
class Work {
  readonly #busy = new Map<number, { tab: string; runs: boolean; done: Promise<void> }>();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly context: Context,
    /** Called when a job has gone as far as it goes here. */
    private readonly onIdle: () => void
  ) {}

  get running(): number {
    return this.#busy.size;
  }

  /**
   * Starts what there is room for: a job of the tab with the fewest running ones, then first come.
   * What has run already only waits to be published, and takes no room.
   */
  start(): void {
    this.#report();
    const { journal, policy } = this.context;
    for (const job of journal.jobs.in('ran', 'published')) if (this.#free(job)) this.#begin(job);
    const waiting = journal.jobs.in('accepted').filter((job) => this.#free(job));
    while (this.#count(() => true) < policy.concurrency && waiting.length > 0) {
      const fewest = Math.min(...waiting.map(({ tab }) => this.#count((other) => other === tab)));
      const next = waiting.findIndex(({ tab }) => this.#count((other) => other === tab) === fewest);
      this.#begin(waiting.splice(next, 1)[0]!);
    }
  }

  /** Resolves when nothing runs any more; rejects if something went wrong that stops the daemon. */
  async idle(): Promise<void> {
    await Promise.all([...this.#busy.values()].map(({ done }) => done));
    this.#report();
  }

  #report(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #free(job: Job): boolean {
    return !this.#busy.has(job.id) && this.context.backoff.ready(`job ${job.id}`);
  }

  #count(tabs: (tab: string) => boolean): number {
    return [...this.#busy.values()].filter(({ tab, runs }) => runs && tabs(tab)).length;
  }

  #begin(job: Job): void {
    const done = this.#carry(job)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#busy.delete(job.id);
        this.onIdle();
      });
    this.#busy.set(job.id, { tab: job.tab, runs: job.state === 'accepted', done });
  }

  async #carry(job: Job): Promise<void> {
    const key = `job ${job.id}`;
    try {
      if (job.state === 'accepted') job = await run(this.context, job);
      const entry = this.#busy.get(job.id);
      if (entry !== undefined) entry.runs = false;
      if (job.state === 'ran') job = await publish(this.context, job);
      if (job.state === 'published') job = await note(this.context, job);
      if (job.state === 'accepted') this.context.backoff.failed(key);
      else this.context.backoff.succeeded(key);
    } catch (error) {
      if (isFatal(error)) throw error;
      // Told to stop: the journal knows how far the job is.
      if (this.context.deadline.signal.aborted) return;
      const wait = this.context.backoff.failed(key);
      this.context.emit({ kind: 'retry', what: `job ${job.digest}`, wait, error });
    }
  }
}
