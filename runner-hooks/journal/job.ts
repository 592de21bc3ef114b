import { JournalError } from './error.ts';
import { ACTIVE, type JobState, follows } from './job-state.ts';
import { type Outcome, outcomeText, parseOutcome } from './outcome.ts';
import type { Store, Value } from './store.ts';

export { Jobs, type Commit, type Job, type JobData, type JobKey };

/** What a ring of an inbox names. */
interface JobKey {
  readonly service: string;
  readonly tab: string;
  /** SHA-256 of the request block, hex. */
  readonly digest: string;
}

/** What becomes known of a job on its way. */
interface JobData {
  readonly sequence: number;
  readonly maximum: bigint;
  /** Of the keyset whose keys opened it when it was accepted. */
  readonly epoch: number;
  /** Runs begun. */
  readonly attempts: number;
  readonly refusal: string | null;
  readonly reason: string | null;
  readonly outcome: Outcome;
  readonly amount: bigint;
  /** Digests of the roots of the outputs and of the result directory, which holds them. */
  readonly output: string;
  readonly result: string;
  readonly receipt: Uint8Array;
  /** SHA-256 of the note. */
  readonly note: string;
  /** The log's commit that carries it, and that commit's parent. */
  readonly head: string;
  readonly parent: string;
  readonly settlement: number | null;
}

type Job = JobKey & { readonly id: number; readonly state: JobState; readonly seen: number } & {
  readonly changed: number;
} & { readonly attempts: number } & Partial<JobData>;

/** Where in its tab's log a job stands. */
interface Commit {
  readonly id: number;
  readonly state: JobState;
  readonly head: string;
  readonly parent: string;
  readonly settlement: number | null;
}

type Row = Record<string, Value>;

/** Every job the daemon has heard of. Each change of state is one transaction, with its step kept. */
class Jobs {
  constructor(
    private readonly store: Store,
    private readonly now: () => number
  ) {}

  /**
   * Writes a ring down. A second one for the same request changes nothing, unless it was refused:
   * then it is looked at anew, as the tab may have been funded or the block published since. That
   * costs the daemon no more than a ring for a request that it has never seen.
   */
  see(key: JobKey): Job {
    return this.store.write('job.see', () => {
      const known = this.find(key);
      if (known === undefined) {
        const now = this.now();
        this.store.run(
          `INSERT INTO jobs (service, tab, digest, state, seen, changed) VALUES (?, ?, ?, 'seen', ?, ?)`,
          ...[key.service, key.tab, key.digest, now, now]
        );
      } else if (known.state === 'refused')
        this.transition(known, 'refused', 'seen', { refusal: null, reason: null });
      return this.find(key)!;
    });
  }

  /** Moves a job on, or throws `CONFLICT` if it is not where the caller thinks. */
  transition(job: Pick<Job, 'id'>, from: JobState, to: JobState, data: Partial<JobData> = {}): Job {
    if (!follows(from, to))
      throw new JournalError('CONFLICT', `a job does not go from ${from} to ${to}`);
    return this.store.write(`job.${to}`, () => {
      const now = this.now();
      const columns = Object.entries(data).map(([name, value]) => [name, toColumn(value)] as const);
      const changed = this.store.run(
        `UPDATE jobs SET state = ?, changed = ?${columns.map(([name]) => `, "${name}" = ?`).join('')}
         WHERE id = ? AND state = ?`,
        ...[to, now, ...columns.map(([, value]) => value), job.id, from]
      );
      if (changed !== 1)
        throw new JournalError('CONFLICT', `job ${job.id} is not ${from}, so it cannot be ${to}`);
      this.store.run(
        `INSERT INTO steps (job, "from", "to", at, reason) VALUES (?, ?, ?, ?, ?)`,
        ...[job.id, from, to, now, data.reason ?? null]
      );
      return this.get(job.id);
    });
  }

  get(id: number): Job {
    const row = this.store.one<Row>('SELECT * FROM jobs WHERE id = ?', id);
    if (row === undefined) throw new JournalError('CORRUPT', `job ${id} is not in the journal`);
    return fromRow(row);
  }

  find({ service, tab, digest }: JobKey): Job | undefined {
    const row = this.store.one<Row>(
      'SELECT * FROM jobs WHERE service = ? AND tab = ? AND digest = ?',
      ...[service, tab, digest]
    );
    return row && fromRow(row);
  }

  /** Epochs whose keys jobs that have yet to run were accepted with; `undefined` for one that an older release took. */
  epochsToRun(): ReadonlySet<number | undefined> {
    return new Set(this.in('accepted', 'running').map(({ epoch }) => epoch));
  }

  /** Oldest first. */
  in(...states: readonly JobState[]): Job[] {
    return this.#where(`state IN (${quoted(states)})`);
  }

  /** The same request may have been rung for under several tabs; at most one of them is its own. */
  withDigest(digest: string): Job[] {
    return this.#where('digest = ?', digest);
  }

  ofTab(tab: string, ...states: readonly JobState[]): Job[] {
    return this.#where(`state IN (${quoted(states)}) AND tab = ?`, tab);
  }

  /** The job that holds this number of the tab, if one was accepted with it. */
  atSequence(tab: string, sequence: number): Job | undefined {
    return this.#where(
      `tab = ? AND sequence = ? AND state NOT IN ('seen', 'fetched', 'refused')`,
      ...[tab, sequence]
    )[0];
  }

  /** What accepted and unpaid jobs of the tab may still cost, in nanomina. */
  promised(tab: string): bigint {
    return this.ofTab(tab, ...ACTIVE).reduce((sum, job) => sum + (job.amount ?? job.maximum!), 0n);
  }

  /**
   * Those to be looked at next, one a tab: tabs that have paid work here come first, then first come. A
   * flood from new tabs delays nobody who pays, and one from a single tab nobody else.
   *
   * @param besides ids of jobs whose time has not come
   */
  waiting(limit: number, besides: readonly number[] = []): Job[] {
    return this.store
      .all<Row>(
        `SELECT jobs.* FROM jobs LEFT JOIN tabs ON tabs.address = jobs.tab
         WHERE jobs.id IN (
           SELECT min(id) FROM jobs
           WHERE state IN ('seen', 'fetched') AND id NOT IN (SELECT value FROM json_each(?))
           GROUP BY tab
         )
         ORDER BY tabs.address IS NULL, jobs.id LIMIT ?`,
        ...[JSON.stringify(besides), limit]
      )
      .map(fromRow);
  }

  /** The tab's commits that the journal knows, without what they carry. */
  commits(tab: string): Commit[] {
    return this.store.all<Commit>(
      'SELECT id, state, head, parent, settlement FROM jobs WHERE tab = ? AND head IS NOT NULL',
      tab
    );
  }

  /** When a job of the tab last came into the state; 0 if none ever did. */
  lastChange(tab: string, state: JobState): number {
    return this.store.one<{ at: number }>(
      'SELECT coalesce(max(changed), 0) AS at FROM jobs WHERE tab = ? AND state = ?',
      ...[tab, state]
    )!.at;
  }

  /** Those that ended before a time, for which something is still kept. */
  endedBefore(time: number, limit: number): Job[] {
    return this.#where(
      `state IN ('settled', 'lapsed', 'refused') AND changed < ? AND tidied = 0`,
      time
    ).slice(0, limit);
  }

  /** Nothing but the row is kept of it any more; not even that of one that was refused. */
  tidied(job: Pick<Job, 'id'>): void {
    this.store.write('job.tidied', () => {
      this.store.run('UPDATE jobs SET tidied = 1 WHERE id = ?', job.id);
      if (this.get(job.id).state !== 'refused') return;
      this.store.run('DELETE FROM steps WHERE job = ?', job.id);
      this.store.run('DELETE FROM jobs WHERE id = ?', job.id);
    });
  }

  count(...states: readonly JobState[]): number {
    return this.store.one<{ n: number }>(
      `SELECT count(*) AS n FROM jobs WHERE state IN (${quoted(states)})`
    )!.n;
  }

  /** Every step a job has taken, in order. */
  steps(id: number): { from: JobState; to: JobState; at: number; reason: string | null }[] {
    return this.store.all(
      'SELECT "from", "to", at, reason FROM steps WHERE job = ? ORDER BY id',
      id
    );
  }

  #where(condition: string, ...values: Value[]): Job[] {
    return this.store
      .all<Row>(`SELECT * FROM jobs WHERE ${condition} ORDER BY id`, ...values)
      .map(fromRow);
  }
}

/** States are ours, never from outside. */
const quoted = (states: readonly JobState[]): string => states.map((s) => `'${s}'`).join(', ');

function toColumn(value: JobData[keyof JobData]): Value {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return outcomeText(value);
}

/** Columns that are not known yet are left out. */
function fromRow(row: Row): Job {
  const known = Object.entries(row).filter(([name, value]) => value !== null && name !== 'turn');
  const read = ([name, value]: [string, Value]): [string, unknown] => {
    if (name === 'maximum' || name === 'amount') return [name, BigInt(value as string)];
    if (name === 'outcome') return [name, parseOutcome(value as string)];
    return [name, value instanceof Uint8Array ? Uint8Array.from(value) : value];
  };
  return Object.fromEntries(known.map(read)) as unknown as Job;
}
