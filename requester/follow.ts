import { readAccount } from '../contracts/chain/account.ts';
import { pause } from '../contracts/chain/graphql.ts';
import type { Keyset } from '../contracts/formats/keyset.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import { settledCount } from '../oracle/check/log.ts';
import { OracleError } from '../oracle/error.ts';
import type { LogEntry } from '../oracle/read/entry.ts';
import { askEndpoint } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { ended } from './job-record.ts';
import type { LogReader } from './logs.ts';
import type { Requester, Stepwise } from './requester.ts';
import { readService } from './service.ts';
import { stateOf } from './tab.ts';

export { type Followed, type FollowOptions, followJob };

interface FollowOptions extends Stepwise {
  /** `now` looks once; `receipt` waits for the job's end, `settled` for its payment as well. */
  readonly until: 'now' | 'receipt' | 'settled';
  /** Milliseconds. Default a day. */
  readonly timeout?: number;
}

/** How far a job got. */
interface Followed {
  /** What the provider's endpoint calls it; `undefined` where it does not say. */
  readonly state?: string;
  readonly reason?: string;
  /** Its commit in the tab's log, once there is one. */
  readonly entry?: LogEntry;
  readonly isSettled: boolean;
}

/**
 * Watches a job through the tab's log and account, and asks the provider's endpoint on the way.
 *
 * @throws RequesterError `REFUSED`, `TIMEOUT`; OracleError for a log that cannot be believed
 */
async function followJob(
  requester: Requester,
  terms: Terms,
  sequence: number,
  { until, timeout = 86_400_000, signal, onProgress }: FollowOptions
): Promise<Followed> {
  const { node, store, interval } = requester;
  const { keyset } = await readService(requester, terms.service, { mayBePaused: true, signal });
  const entries: LogEntry[] = [];
  const end = Date.now() + timeout;
  for (;;) {
    const job = await store.readJob(terms.tab, sequence);
    const said =
      keyset.endpoint === null || job?.digest === undefined
        ? undefined
        : await askEndpoint(keyset.endpoint, job.digest, { signal });
    entries.push(
      ...(await readFurther(requester.logs, keyset, terms.tab, entries, signal, onProgress))
    );
    const at = entries.findIndex(({ note }) => note.receipt.sequence === sequence);
    const { head } = stateOf(requester, await readAccount(node, terms.tab, { signal }), terms);
    const isSettled = at >= 0 && (settledCount(terms.tab, entries, head) ?? 0) > at;
    const followed: Followed = {
      isSettled,
      ...(said === undefined ? {} : { state: said.state }),
      ...(said?.reason === undefined ? {} : { reason: said.reason }),
      ...(at < 0 ? {} : { entry: entries[at]! }),
    };
    if (until === 'now' || isSettled || (until === 'receipt' && at >= 0)) return followed;
    // A ring may be seen before its blocks are there. It is refused then, and taken once they come: only
    // what was delivered is refused for good.
    if (said?.state === 'refused' && job?.state !== 'signed') {
      await store.writeJob(terms.tab, ended(job!, 'refused'));
      throw new RequesterError(
        'REFUSED',
        `the provider refused job ${sequence} (${said.refusal ?? 'no code'}): ${said.reason ?? 'no reason given'}.`
      );
    }
    if (Date.now() + interval > end)
      throw new RequesterError(
        'TIMEOUT',
        `job ${sequence} is not ${until === 'settled' ? 'settled' : 'done'} within ${timeout} ms; look again later.`
      );
    await onProgress?.({
      stage: 'waiting',
      words: `job ${sequence} is ${said?.state ?? (at < 0 ? 'under way' : 'to be settled')}`,
    });
    await pause(interval, signal);
  }
}

/** What is new in the log. A host that is away for a while costs a turn. */
async function readFurther(
  logs: LogReader,
  { log: repository, endpoint }: Pick<Keyset, 'log' | 'endpoint'>,
  tab: string,
  known: readonly LogEntry[],
  signal?: AbortSignal,
  onProgress?: Stepwise['onProgress']
): Promise<readonly LogEntry[]> {
  const from = known.at(-1)?.id;
  try {
    return await logs.read(
      { repository, tab, endpoint, ...(from === undefined ? {} : { from }) },
      { signal }
    );
  } catch (error) {
    if (!(error instanceof OracleError) || !['UNREACHABLE', 'TIMEOUT'].includes(error.code))
      throw error;
    await onProgress?.({
      stage: 'waiting',
      words: `the log cannot be read just now: ${error.message}`,
    });
    return [];
  }
}
