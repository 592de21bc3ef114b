import { readAccount } from '../contracts/chain/account.ts';
import { type InboxCursor, startCursor } from '../contracts/chain/cursor.ts';
import type { Graphql } from '../contracts/chain/graphql.ts';
import { readInbox } from '../contracts/chain/inbox.ts';
import { AccountRefused } from '../contracts/chain/refused.ts';
import { FormatError } from '../contracts/formats/error.ts';
import { rawCidOf } from '../contracts/formats/cid.ts';
import { parseRequest } from '../contracts/formats/request.ts';
import { parseTabState } from '../contracts/formats/tab-state.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import { IpfsError } from '../ipfs/error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { stateOf } from './tab-state.ts';

export { type Earnings, type TabEarnings, type EarningsOptions, readEarnings };

/** What one tab has paid to its provider. */
interface TabEarnings {
  readonly tab: string;
  /** Nanomina settled so far, as the tab's account holds it. */
  readonly spent: bigint;
  /** Nanomina that it still holds. */
  readonly balance: bigint;
  /** 0 once closed. */
  readonly expiry: number;
}

interface Earnings {
  /** Newest first. */
  readonly tabs: readonly TabEarnings[];
  /** Whether tabs that have paid may be missing: more than were looked at, or a block that nobody has. */
  readonly isPartial: boolean;
}

interface EarningsOptions extends Stepwise {
  readonly archive: Graphql;
  /** Most tabs to look at. Default 100. */
  readonly tabs?: number;
  /** Most actions of the inbox to look at. Default 5,000. */
  readonly actions?: number;
}

/**
 * What was settled through a service, at the least: every tab that rang with a request is held to the
 * terms that the request was signed for, and its account says what it has paid. Anybody may ring, so a
 * tab counts only if its terms name this service. Requests handed over by hand leave no ring, so a tab
 * that never rang is not among them.
 *
 * @throws ChainError
 */
async function readEarnings(
  requester: Pick<Requester, 'node' | 'blocks' | 'pinned' | 'networkId'>,
  service: string,
  { archive, tabs: most = 100, actions = 5_000, signal, onProgress }: EarningsOptions
): Promise<Earnings> {
  await onProgress?.({ stage: 'reading', words: 'reading the inbox' });
  const { node } = requester;
  const digests = new Map<string, Uint8Array>();
  let cursor: InboxCursor = startCursor();
  let [read, isPartial, more] = [0, false, true];
  while (more && read < actions) {
    const page = await readInbox({ node, archive }, service, cursor, { signal });
    for (const { ring } of page.entries)
      // The newest request of each tab: the block that is likeliest to be there still.
      if ('tab' in ring && ring.kind === 'request') {
        digests.delete(ring.tab);
        digests.set(ring.tab, ring.digest);
      }
    read += page.entries.length;
    ({ cursor, more } = page);
    isPartial = more || !page.current;
  }
  const newest = [...digests].reverse();
  isPartial ||= newest.length > most;
  const found: TabEarnings[] = [];
  for (const [tab, digest] of newest.slice(0, most)) {
    await onProgress?.({
      stage: 'reading',
      words: `reading tab ${found.length + 1} of ${Math.min(newest.length, most)}`,
    });
    const terms = await termsOf(requester, digest, signal);
    if (terms === undefined) isPartial ||= await hasPaid(requester, tab, signal);
    if (terms?.tab !== tab || terms.service !== service) continue;
    const earned = await readTabEarnings(requester, terms, signal);
    if (earned !== undefined) found.push(earned);
  }
  return { tabs: found, isPartial };
}

/** `undefined` where the block is not to be had. What is no request was rung for by a griefer. */
async function termsOf(
  { blocks }: Pick<Requester, 'blocks'>,
  digest: Uint8Array,
  signal?: AbortSignal
): Promise<Terms | undefined> {
  try {
    return parseRequest(await blocks.get(rawCidOf(digest), { signal })).terms;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof IpfsError || error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Whether it is a tab, of whatever terms, that something was settled from: of a refused request nobody has the block. */
async function hasPaid(
  { node, pinned }: Pick<Requester, 'node' | 'pinned'>,
  tab: string,
  signal?: AbortSignal
): Promise<boolean> {
  const account = await readAccount(node, tab, { signal });
  if (!account?.state || account.verificationKey?.hash !== pinned.Tab.hash) return false;
  try {
    return parseTabState(account.state).spent > 0n;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** `undefined` for an account that is no tab of these terms. */
async function readTabEarnings(
  { node, pinned, networkId }: Pick<Requester, 'node' | 'pinned' | 'networkId'>,
  terms: Terms,
  signal?: AbortSignal
): Promise<TabEarnings | undefined> {
  const account = await readAccount(node, terms.tab, { signal });
  try {
    const { spent, expiry } = stateOf({ pinned, networkId }, account, terms);
    return { tab: terms.tab, spent, expiry, balance: account!.balance };
  } catch (error) {
    if (error instanceof AccountRefused) return undefined;
    throw error;
  }
}
