import { type Accessor, createMemo, createSignal } from 'solid-js';
import type { LogEntry } from '../../requester/logs.ts';
import type { Requester } from '../../requester/requester.ts';
import type { JobRecord } from '../../requester/store.ts';
import type { BrowserStore } from './browser-store.ts';
import type { Database } from './database.ts';
import {
  type JobOutcome,
  type JobState,
  type JobView,
  calm,
  isFinal,
  isStill,
  parseView,
  viewOf,
} from './job-view.ts';
import type { Look } from './job-look.ts';
import { createLogCache } from './log-cache.ts';
import type { Purchases } from './purchases.ts';
import { createResumption } from './resumption.ts';
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
  /** Whether the network is an embedded one. Default: it is not. */
  readonly isEmbedded?: () => boolean;
  /** A job of the tab is paid, refused or lapsed: the tab has other money free than before. */
  readonly onEnded?: (tab: string) => void;
}

/** Milliseconds between two looks: while something runs, while something is to be paid, else. */
const PACE = { running: 3_000, settling: 15_000, idle: 60_000 };
/** On a network in the same house, whose blocks come as soon as there is something for one. */
const EMBEDDED = { running: 1_000, settling: 1_000, idle: 60_000 };

const ENDED: readonly JobState[] = ['settled', 'refused', 'lapsed'];

const keyOf = (tab: string, sequence: number): string => `${tab}/${sequence}`;
type Views = ReadonlyMap<string, JobView>;

function createJobsStore({
  store,
  database,
  requester,
  purchases,
  isEmbedded = () => false,
  onEnded,
}: JobsOptions): JobsControl {
  const [views, setViews] = createSignal<Views>(new Map());
  const [entries, setEntries] = createSignal<ReadonlyMap<string, LogEntry>>(new Map());
  const [isLoading, setLoading] = createSignal(true);
  const cache = createLogCache(database);

  async function show(looked: readonly JobView[]): Promise<void> {
    const changed = looked.filter((view) => {
      const before = views().get(keyOf(view.tab, view.sequence));
      return before === undefined || !isStill(before, view);
    });
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

  const resumption = createResumption({
    requester,
    purchases,
    async onResumed(tab, sequence, problem) {
      const before = views().get(keyOf(tab, sequence));
      if (before !== undefined && problem !== before.problem)
        await show([problem === undefined ? calm(before) : { ...before, problem }]);
      await adopt(tab);
    },
  });

  async function lookAt(asker: Requester, tab: string, signal?: AbortSignal): Promise<void> {
    const jobs = await adopt(tab);
    if (jobs.length === 0) return;
    const keys = await store.readTab(tab);
    if (keys.terms.network !== asker.networkId) return;
    for (const { sequence } of await purchases.unfinished(tab, jobs))
      resumption.begin(tab, sequence);
    const open = jobs.filter(({ sequence }) => {
      const state = views().get(keyOf(tab, sequence))?.state;
      return state !== undefined && !isFinal(state);
    });
    if (open.length === 0) return;
    // Whoever has ordered nothing needs none of it.
    const { advance, readLook } = await import('./job-look.ts');
    let look: Look;
    try {
      look = await readLook(asker, keys, cache, signal);
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
    const { running, settling, idle } = isEmbedded() ? EMBEDDED : PACE;
    if (has('sending', 'requested', 'accepted', 'running')) return running;
    return has('published') ? settling : idle;
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
    resume: (tab, sequence) => resumption.resume(tab, sequence),
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

const isSame = (a: JobView, b: JobView): boolean =>
  (['state', 'maximum', 'validUntil', 'digest', 'transaction', 'service'] as const).every(
    (name) => a[name] === b[name]
  );

/** Records have no time; the last slot of their validity grows with it. */
const newestFirst = (a: JobView, b: JobView): number =>
  (b.validUntil ?? 0) - (a.validUntil ?? 0) || b.sequence - a.sequence || (a.tab < b.tab ? -1 : 1);
