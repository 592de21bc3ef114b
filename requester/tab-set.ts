import { readAccount } from '../contracts/chain/account.ts';
import { readTip } from '../contracts/chain/block.ts';
import { ChainError } from '../contracts/chain/error.ts';
import { AccountRefused, assertZkapp } from '../contracts/chain/refused.ts';
import { tabPermissions } from '../contracts/formats/permissions.ts';
import { type TabEntry, type TabSet, encodeTabSet } from '../contracts/formats/tab-set.ts';
import { parseTabState } from '../contracts/formats/tab-state.ts';
import type { Requester, Stepwise } from './requester.ts';

export { readTabSet, changedSince };

/** Times that reading starts over where a block came in between. */
const ATTEMPTS = 5;

/**
 * The public states of some tabs in one block. Each account is held to the pinned contract and its
 * permissions: what looks like a tab and is none holds nothing back.
 *
 * @throws AccountRefused for what is no tab; ChainError `NOT_SYNCED` where blocks come faster than reading
 */
async function readTabSet(
  { node, networkId, pinned }: Pick<Requester, 'node' | 'networkId' | 'pinned'>,
  tabs: readonly string[],
  { signal, onProgress }: Stepwise = {}
): Promise<TabSet> {
  const sorted = [...new Set(tabs)].sort();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await readTip(node, { signal });
    const entries: TabEntry[] = [];
    for (const [i, tab] of sorted.entries()) {
      await onProgress?.({ stage: 'reading', words: `reading tab ${i + 1} of ${sorted.length}` });
      const account = await readAccount(node, tab, { signal });
      if (account === null) throw new AccountRefused('ABSENT', `there is no tab at ${tab}`);
      const fields = assertZkapp(account, pinned.Tab.hash, tabPermissions);
      const { terms, expiry } = parseTabState(fields);
      entries.push({ tab, terms: String(terms), balance: String(account.balance), expiry });
    }
    const after = await readTip(node, { signal });
    if (after.hash !== before.hash) continue;
    const { height, hash: block, slot } = after;
    const set: TabSet = { version: 1, network: networkId, height, block, slot, tabs: entries };
    encodeTabSet(set);
    return set;
  }
  throw new ChainError(
    'NOT_SYNCED',
    `a block came between the accounts ${ATTEMPTS} times; ask for fewer tabs, or a nearer node`
  );
}

/** Tabs whose public state is another one by now than the set says. */
async function changedSince(
  requester: Pick<Requester, 'node' | 'networkId' | 'pinned'>,
  set: TabSet,
  options: Stepwise = {}
): Promise<readonly string[]> {
  const now = await readTabSet(
    requester,
    set.tabs.map(({ tab }) => tab),
    options
  );
  return set.tabs
    .filter(({ tab, terms, balance, expiry }) => {
      const there = now.tabs.find((entry) => entry.tab === tab)!;
      return there.terms !== terms || there.balance !== balance || there.expiry !== expiry;
    })
    .map(({ tab }) => tab);
}
