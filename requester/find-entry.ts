import { equalBytes } from '../contracts/formats/bytes.ts';
import { CODEC, digestOf, parseCid } from '../contracts/formats/cid.ts';
import { isKey } from '../contracts/formats/key.ts';
import { OracleError } from '../oracle/error.ts';
import type { LogEntry } from '../oracle/read/entry.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { readService } from './service.ts';

export { type Target, type Hints, type FoundLog, parseTarget, findLog };

/** What somebody holds of a job: the CID of its receipt or result, its commit, or the address of its tab. */
type Target =
  | { readonly kind: 'tab'; readonly tab: string }
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'receipt' | 'result'; readonly digest: Uint8Array };

/** Where to look. Without any, the tabs whose files are here, then the known log. */
interface Hints {
  readonly tab?: string;
  readonly service?: string;
  /** Address of a log repository. */
  readonly log?: string;
  /** Looked through last: the log that is configured. */
  readonly knownLog?: string;
}

interface FoundLog {
  readonly tab: string;
  readonly repository: string;
  /** The whole log, or why it cannot be believed. */
  readonly log: readonly LogEntry[] | OracleError;
  /** Index of the wanted entry; all are wanted where it is `undefined`. */
  readonly at?: number;
}

interface Place extends Host {
  readonly tab: string;
}

interface Host {
  readonly repository: string;
  /** Of the service, where one was read: tells the newest note, should the repository be away. */
  readonly endpoint?: string | null;
}

/** @throws FormatError `CID` for what is neither address, commit nor CID of a raw block or a directory */
function parseTarget(text: string): Target {
  if (isKey(text)) return { kind: 'tab', tab: text };
  if (/^[0-9a-f]{40}$/.test(text)) return { kind: 'commit', id: text };
  const cid = parseCid(text);
  if (cid.code === CODEC['dag-cbor'])
    throw new RequesterError(
      'NOT_FOUND',
      `${text} names neither a receipt (a raw block, bafkrei…) nor a result (a directory, bafybei…).`
    );
  return { kind: cid.code === CODEC.raw ? 'receipt' : 'result', digest: digestOf(cid) };
}

/**
 * Reads logs until one holds the target. Hosts are only told what is public, and none is believed:
 * a log that does not hold together is handed back as such.
 *
 * @throws RequesterError `NOT_FOUND`; OracleError `UNREACHABLE` where a host was named and is away
 */
async function findLog(
  requester: Requester,
  target: Target,
  hints: Hints,
  { signal, onProgress }: Stepwise = {}
): Promise<FoundLog> {
  const misses: string[] = [];
  let broken: FoundLog | undefined;
  for await (const place of placesOf(requester, target, hints, misses, signal)) {
    await onProgress?.({
      stage: 'reading',
      words: `reading the log of ${place.tab} from ${place.repository}`,
    });
    const log = await read(requester, place, signal);
    if (log instanceof OracleError) {
      if (AWAY.includes(log.code)) misses.push(log.message);
      else broken ??= { ...place, log };
      continue;
    }
    const at = indexIn(log, target);
    if (at === undefined) {
      if (log.length > 0) return { ...place, log };
      misses.push(`the log of ${place.tab} holds no receipt yet`);
    } else if (at >= 0) return { ...place, log, at };
    else misses.push(`it is not in the log of ${place.tab}`);
  }
  // Only where the log was named can a broken one be the answer to the question.
  if (broken !== undefined && (target.kind === 'tab' || hints.tab !== undefined)) return broken;
  throw new RequesterError('NOT_FOUND', sentence(target, misses, broken));
}

const AWAY: readonly string[] = ['UNREACHABLE', 'TIMEOUT', 'UNAUTHORIZED', 'ADDRESS'];

async function read(
  { logs }: Pick<Requester, 'logs'>,
  { tab, repository, endpoint }: Place,
  signal?: AbortSignal
): Promise<readonly LogEntry[] | OracleError> {
  try {
    const source = { repository, tab, ...(endpoint === undefined ? {} : { endpoint }) };
    return await logs.read(source, { signal });
  } catch (error) {
    if (error instanceof OracleError && error.code !== 'ABORTED') return error;
    throw error;
  }
}

/** −1 where it is not there; `undefined` where all of it is wanted. */
function indexIn(log: readonly LogEntry[], target: Target): number | undefined {
  switch (target.kind) {
    case 'tab':
      return undefined;
    case 'commit':
      return log.findIndex(({ id }) => id === target.id);
    case 'receipt':
      return log.findIndex(({ commit }) => equalBytes(commit.receipt, target.digest));
    case 'result':
      return log.findIndex(({ note }) => equalBytes(note.receipt.result, target.digest));
  }
}

async function* placesOf(
  requester: Requester,
  target: Target,
  { tab: named, service, log, knownLog }: Hints,
  misses: string[],
  signal?: AbortSignal
): AsyncGenerator<Place> {
  const tab = target.kind === 'tab' ? target.tab : named;
  const { store } = requester;
  const own = (await store.listTabs()).filter((address) => tab === undefined || address === tab);
  const logOf = async (address: string): Promise<Host | undefined> => {
    try {
      const { keyset } = await readService(requester, address, { mayBePaused: true, signal });
      return { repository: keyset.log, endpoint: keyset.endpoint };
    } catch (error) {
      signal?.throwIfAborted();
      misses.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const hosts: (Host | undefined)[] = [];
  if (log !== undefined) hosts.push({ repository: log });
  else if (service !== undefined) hosts.push(await logOf(service));
  else {
    for (const address of own) {
      const host = await logOf((await store.readTab(address)).terms.service);
      if (host !== undefined) yield { tab: address, ...host };
    }
    if (knownLog !== undefined) hosts.push({ repository: knownLog });
  }
  for (const host of hosts) {
    if (host === undefined) continue;
    const tabs =
      tab === undefined ? await listed(requester, host.repository, misses, signal) : [tab];
    for (const address of tabs) yield { tab: address, ...host };
  }
}

async function listed(
  { logs }: Pick<Requester, 'logs'>,
  repository: string,
  misses: string[],
  signal?: AbortSignal
): Promise<readonly string[]> {
  try {
    return await logs.tabs(repository, { signal });
  } catch (error) {
    if (!(error instanceof OracleError) || error.code === 'ABORTED') throw error;
    misses.push(error.message);
    return [];
  }
}

function sentence(target: Target, misses: readonly string[], broken?: FoundLog): string {
  const what = target.kind === 'tab' ? `a log of ${target.tab}` : `that ${target.kind}`;
  const why = broken?.log instanceof OracleError ? [broken.log.message, ...misses] : misses;
  return why.length === 0
    ? `no place is known to look for ${what}; name its service or its log repository.`
    : `${what} was not found (${why.slice(0, 3).join('; ')}); name its tab, and its service or its log repository.`;
}
