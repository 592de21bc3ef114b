import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { genesisId } from '../../contracts/formats/log-commit.ts';
import type { LogEntry } from '../../requester/logs.ts';
import type { Requester } from '../../requester/requester.ts';
import type { JobRecord, TabKeys } from '../../requester/store.ts';
import type { TabReading } from '../../requester/tab.ts';
import type { BrowserStore } from './browser-store.ts';
import { type JobOutcome, type JobView, stateSaid } from './job-view.ts';
import type { KnownLog, LogCache } from './log-cache.ts';

export { type Look, readLook, advance };

/** One look at what tab, log and service say. */
interface Look {
  readonly log: KnownLog;
  readonly reading: TabReading;
  readonly serviceName: string;
  readonly endpoint: string | null;
}

/** @throws what the chain, the gateways or the log's host say */
async function readLook(
  asker: Requester,
  { terms }: TabKeys,
  cache: LogCache,
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
    readonly cache: LogCache;
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
