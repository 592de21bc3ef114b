import { type Accessor, createMemo, createSignal } from 'solid-js';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { genesisId } from '../../contracts/formats/log-commit.ts';
import type { LogEntry } from '../../requester/logs.ts';
import type { Requester } from '../../requester/requester.ts';
import type { JobRecord, TabKeys } from '../../requester/store.ts';
import type { TabReading } from '../../requester/tab.ts';
import type { BrowserStore } from './browser-store.ts';
import type { Database } from './database.ts';
import {
  type JobOutcome,
  type JobState,
  type JobView,
  isFinal,
  parseView,
  stateSaid,
  viewOf,
} from './job-view.ts';
import { type KnownLog, createLogCache } from './log-cache.ts';
import type { Purchases } from './purchases.ts';
import type { ResultReader } from './result.ts';
import { sentence } from './sentence.ts';

export {
  type JobsStore,
  type JobsControl,
  type JobsOptions,
  type JobView,
  type JobState,
  type JobOutcome,
  createJobsStore,
};

interface JobsStore {
  /** Newest first. From IndexedDB at once, then kept up to date. */
  readonly list: Accessor<readonly JobView[]>;
  readonly isLoading: Accessor<boolean>;
  /** With its entry, once there is one. */
  job(tab: string, sequence: number): Accessor<JobView | undefined>;
  /** Looks now rather than at the next turn. */
  refresh(tab?: string): Promise<void>;
  /** Takes up an unfinished purchase again; done by itself as well. Failures are the job's `problem`. */
  resume(tab: string, sequence: number): Promise<void>;
  /** A finished job's result. Opens sealed files with the tab's identity. */
  result(tab: string, sequence: number): Promise<ResultReader>;
}

interface JobsControl extends JobsStore {
  /** Shows what the browser keeps, without asking anybody. */
  load(): Promise<void>;
  /** Looks at every job that is not at its end. @returns milliseconds until the next look */
  look(signal: AbortSignal): Promise<number>;
}

interface JobsOptions {
  readonly store: BrowserStore;
  readonly database: Promise<Database>;
  readonly requester: () => Promise<Requester>;
  readonly purchases: Purchases;
  /** A job of the tab is paid, refused or lapsed: the tab has other money free than before. */
  readonly onEnded?: (tab: string) => void;
}

/** Milliseconds between two looks: while something runs, while something is to be paid, else. */
const PACE = { running: 3_000, settling: 15_000, idle: 60_000 };

/** Milliseconds before a purchase that could not be resumed is tried again. */
const RESUME_AGAIN = 30_000;

const ENDED: readonly JobState[] = ['settled', 'refused', 'lapsed'];

const keyOf = (tab: string, sequence: number): string => `${tab}/${sequence}`;
type Views = ReadonlyMap<string, JobView>;

function createJobsStore({
  store,
  database,
  requester,
  purchases,
  onEnded,
}: JobsOptions): JobsControl {
  const [views, setViews] = createSignal<Views>(new Map());
  const [entries, setEntries] = createSignal<ReadonlyMap<string, LogEntry>>(new Map());
  const [isLoading, setLoading] = createSignal(true);
  const cache = createLogCache(database);

  async function show(changed: readonly JobView[]): Promise<void> {
    if (changed.length === 0) return;
    const next = new Map(views());
    const ended = changed.filter(
      ({ tab, sequence, state }) =>
        ENDED.includes(state) && views().get(keyOf(tab, sequence))?.state !== state
    );
    for (const view of changed) next.set(keyOf(view.tab, view.sequence), view);
    setViews(next);
    for (const tab of new Set(ended.map((view) => view.tab))) onEnded?.(tab);
    const transaction = (await database).transaction('views', 'readwrite');
    for (const view of changed) void transaction.store.put(view, [view.tab, view.sequence]);
    await transaction.done;
  }

  /**
   * Records that other tabs of the browser, or an import, have added or moved on. Nothing more comes of
   * a job that is settled or refused, and somebody may have thousands of them: they are not read again.
   */
  async function adopt(tab: string): Promise<readonly JobRecord[]> {
    const left = (await store.listSequences(tab)).filter((sequence) => {
      const state = views().get(keyOf(tab, sequence))?.state;
      return state !== 'settled' && state !== 'refused';
    });
    if (left.length === 0) return [];
    const { terms } = await store.readTab(tab);
    const jobs = await store.listJobs(tab, new Set(left));
    const changed = jobs.flatMap((job) => {
      const before = views().get(keyOf(tab, job.sequence));
      const view = viewOf(tab, terms.service, job, before);
      return before !== undefined && isSame(before, view) ? [] : [view];
    });
    await show(changed);
    return jobs;
  }

  async function load(): Promise<void> {
    const rows = await (await database).getAll('views');
    const known = rows.flatMap((row) => parseView(row) ?? []);
    setViews(new Map(known.map((view) => [keyOf(view.tab, view.sequence), view])));
    const tabs = new Set(await store.listTabs());
    setViews(new Map([...views()].filter(([, { tab }]) => tabs.has(tab))));
    if (known.length > 0) setLoading(false);
    // A tab whose record is damaged says so where tabs are shown.
    for (const tab of tabs) await adopt(tab).catch(() => undefined);
    setLoading(false);
  }

  /** @returns whether this page did it, or tried */
  async function resumed(tab: string, sequence: number): Promise<boolean> {
    let isOurs = true;
    const before = views().get(keyOf(tab, sequence));
    try {
      isOurs = await purchases.resume(await requester(), tab, sequence);
      if (before?.problem !== undefined) await show([calm(before)]);
    } catch (error) {
      if (before !== undefined) await show([{ ...before, problem: sentence(error) }]);
    }
    await adopt(tab);
    return isOurs;
  }

  /** Sending takes minutes, and other jobs are looked at meanwhile; what fails is tried again, not at once. */
  const tried = new Map<string, number>();
  function resumeAside(tab: string, sequence: number): void {
    const key = keyOf(tab, sequence);
    if (Date.now() < (tried.get(key) ?? 0)) return;
    tried.set(key, Infinity);
    // Whoever is at it may fail or be closed: then it is ours, and soon.
    void resumed(tab, sequence)
      .catch(() => true)
      .then((isOurs) => tried.set(key, Date.now() + (isOurs ? RESUME_AGAIN : PACE.running)));
  }

  async function lookAt(asker: Requester, tab: string, signal?: AbortSignal): Promise<void> {
    const jobs = await adopt(tab);
    if (jobs.length === 0) return;
    const keys = await store.readTab(tab);
    if (keys.terms.network !== asker.networkId) return;
    for (const { sequence } of await purchases.unfinished(tab, jobs)) resumeAside(tab, sequence);
    const open = jobs.filter(({ sequence }) => {
      const state = views().get(keyOf(tab, sequence))?.state;
      return state !== undefined && !isFinal(state);
    });
    if (open.length === 0) return;
    let look: Look;
    try {
      look = await readAll(asker, keys, cache, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const problem = sentence(error);
      await show(
        open.flatMap(({ sequence }) => {
          const view = views().get(keyOf(tab, sequence))!;
          return view.problem === problem ? [] : [{ ...view, problem }];
        })
      );
      return;
    }
    const fresh = await Promise.all(
      open.map(async (job) => {
        const view = calm(views().get(keyOf(tab, job.sequence))!);
        return advance(store, { view, job, look, cache, signal });
      })
    );
    await show(fresh);
  }

  const pace = (): number => {
    const states = new Set([...views().values()].map(({ state }) => state));
    const has = (...wanted: readonly JobState[]): boolean => wanted.some((s) => states.has(s));
    if (has('sending', 'requested', 'accepted', 'running')) return PACE.running;
    return has('published') ? PACE.settling : PACE.idle;
  };

  const loadingEntries = new Set<string>();
  async function loadEntry(tab: string, sequence: number): Promise<void> {
    const key = keyOf(tab, sequence);
    if (loadingEntries.has(key)) return;
    loadingEntries.add(key);
    const entry = await cache.entry(tab, sequence).catch(() => undefined);
    if (entry !== undefined) setEntries(new Map(entries()).set(key, entry));
    else loadingEntries.delete(key);
  }

  return {
    list: createMemo(() =>
      [...views().values()].filter(({ state }) => state !== 'dropped').sort(newestFirst)
    ),
    isLoading,
    load,
    resume: async (tab, sequence) => {
      await resumed(tab, sequence);
    },
    job(tab, sequence) {
      const key = keyOf(tab, sequence);
      return () => {
        const view = views().get(key);
        if (view?.outcome === undefined) return view;
        const entry = entries().get(key);
        if (entry !== undefined) return { ...view, entry };
        void loadEntry(tab, sequence);
        return view;
      };
    },
    async refresh(tab) {
      const tabs = tab === undefined ? await store.listTabs() : [tab];
      for (const address of tabs) await adopt(address).catch(() => undefined);
      const asker = await requester();
      for (const address of tabs) await lookAt(asker, address);
    },
    async look(signal) {
      const tabs = await store.listTabs();
      for (const tab of tabs) await adopt(tab).catch(() => undefined);
      if (tabs.length === 0) return PACE.idle;
      const asker = await requester();
      for (const tab of tabs) await lookAt(asker, tab, signal).catch(() => signal.throwIfAborted());
      return pace();
    },
    async result(tab, sequence) {
      const outcome = views().get(keyOf(tab, sequence))?.outcome;
      const { RequesterError } = await import('../../requester/error.ts');
      if (outcome === undefined)
        throw new RequesterError('NOT_FOUND', `Job ${sequence} has no result yet.`);
      const [{ openResult }, { parseCid }, { blocks }] = await Promise.all([
        import('./result.ts'),
        import('../../contracts/formats/cid.ts'),
        requester(),
      ]);
      const identity = await store.readTab(tab).then(
        (keys) => keys.identity,
        () => undefined
      );
      return openResult(blocks, parseCid(outcome.result), identity);
    },
  };
}

/** One look at what tab, log and service say. */
interface Look {
  readonly log: KnownLog;
  readonly reading: TabReading;
  readonly serviceName: string;
  readonly endpoint: string | null;
}

async function readAll(
  asker: Requester,
  { terms }: TabKeys,
  cache: ReturnType<typeof createLogCache>,
  signal?: AbortSignal
): Promise<Look> {
  const [{ readService }, { readTab }] = await Promise.all([
    import('../../requester/service.ts'),
    import('../../requester/tab.ts'),
  ]);
  const options = signal === undefined ? {} : { signal };
  const { tab, service } = terms;
  const { keyset, descriptor } = await readService(asker, service, {
    mayBePaused: true,
    ...options,
  });
  const { log: repository, endpoint } = keyset;
  const from = (await cache.log(tab)).ids.at(-1);
  const source = { repository, tab, endpoint, ...(from === undefined ? {} : { from }) };
  const entries = await asker.logs.read(source, options).catch(async (error: unknown) => {
    // A log that was written anew is read anew next time, and the sentence shown until then.
    if (error instanceof Error && 'code' in error && error.code === 'LOG_REWRITTEN')
      await cache.forget(tab);
    throw error;
  });
  const log = await cache.append(tab, entries);
  const reading = await readTab(asker, terms, options);
  return { log, reading, endpoint, serviceName: descriptor.name };
}

/** A job one look further. */
async function advance(
  store: BrowserStore,
  {
    view: before,
    job,
    look: { log, reading, serviceName, endpoint },
    cache,
    signal,
  }: {
    readonly view: JobView;
    readonly job: JobRecord;
    readonly look: Look;
    readonly cache: ReturnType<typeof createLogCache>;
    readonly signal: AbortSignal | undefined;
  }
): Promise<JobView> {
  const { tab, sequence } = before;
  const view = { ...before, serviceName, seen: Date.now() };
  const at = log.sequences.indexOf(sequence);
  if (at >= 0) {
    const outcome = before.outcome ?? outcomeOf(await cache.entry(tab, sequence));
    const { head } = reading.state;
    const settled = head === genesisId(tab) ? 0 : log.ids.indexOf(head) + 1;
    const state = at < settled ? 'settled' : 'published';
    // Whoever has a receipt had the blocks, whatever was seen of their delivery from here.
    if (job.state === 'signed') {
      const { ended } = await import('../../requester/job-record.ts');
      await store.writeJob(tab, ended(job, 'delivered'));
    }
    return { ...view, state, ...(outcome === undefined ? {} : { outcome }) };
  }
  if (endpoint !== null && job.digest !== undefined) {
    const { askEndpoint } = await import('../../requester/endpoint.ts');
    const { ended } = await import('../../requester/job-record.ts');
    const said = await askEndpoint(endpoint, job.digest, signal === undefined ? {} : { signal });
    const state = stateSaid(said?.state);
    // Before it has the blocks, a provider refuses a ring that it cannot follow, and takes it all the same
    // once they come: only what was delivered is refused for good.
    const isEarly = state === 'refused' && job.state !== 'delivered';
    if (state === 'refused' && !isEarly) await store.writeJob(tab, ended(job, 'refused'));
    if (said !== undefined && state !== undefined && !isEarly)
      return {
        ...view,
        state,
        ...(said.reason === undefined ? {} : { reason: said.reason }),
        ...(said.refusal === undefined ? {} : { refusal: said.refusal }),
      };
  }
  const isLate = job.request !== undefined && reading.slot > job.request.validUntil;
  const isTaken = view.state === 'accepted' || view.state === 'running';
  return isLate && !isTaken ? { ...view, state: 'lapsed' } : view;
}

function outcomeOf(entry: LogEntry | undefined): JobOutcome | undefined {
  if (entry === undefined) return undefined;
  const { note, commit, id } = entry;
  return {
    amount: note.receipt.amount,
    exitStatus: note.exitStatus,
    finishedAt: note.receipt.finishedAt,
    commit: id,
    parent: commit.parent,
    receipt: String(rawCidOf(commit.receipt)),
    result: String(cidOf('dag-pb', note.receipt.result)),
  };
}

/** Without the problem of the last look. */
function calm(view: JobView): JobView {
  const { problem, ...rest } = view;
  return problem === undefined ? view : rest;
}

const isSame = (a: JobView, b: JobView): boolean =>
  (['state', 'maximum', 'validUntil', 'digest', 'transaction', 'service'] as const).every(
    (name) => a[name] === b[name]
  );

/** Records have no time; the last slot of their validity grows with it. */
const newestFirst = (a: JobView, b: JobView): number =>
  (b.validUntil ?? 0) - (a.validUntil ?? 0) || b.sequence - a.sequence || (a.tab < b.tab ? -1 : 1);
