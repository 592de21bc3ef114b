import { type Account, readAccount } from '../../contracts/chain/account.ts';
import { readCurrentSlot } from '../../contracts/chain/block.ts';
import { checkService } from '../../contracts/chain/check-service.ts';
import { checkTab } from '../../contracts/chain/check-tab.ts';
import { formatCursor, parseCursor, startCursor } from '../../contracts/chain/cursor.ts';
import type { Graphql } from '../../contracts/chain/graphql.ts';
import { readInbox } from '../../contracts/chain/inbox.ts';
import { readNetworkId } from '../../contracts/chain/network.ts';
import type { Pinned } from '../../contracts/chain/pinned.ts';
import { AccountRefused, assertReceives, assertZkapp } from '../../contracts/chain/refused.ts';
import { tabPermissions } from '../../contracts/formats/permissions.ts';
import { type TabState, parseTabState } from '../../contracts/formats/tab-state.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import type { Chain, Lookalike } from './chain.ts';

export { chainOver };

/** The daemon's view of a Mina node and its archive. */
const chainOver = (
  nodes: { readonly node: Graphql; readonly archive: Graphql },
  pinned: { readonly [Key in 'Tab' | 'Service']: Pick<Pinned[Key], 'hash'> }
): Chain => ({
  network: (options) => readNetworkId(nodes.node, options),
  slot: (options) => readCurrentSlot(nodes.node, options),

  async service(address, options) {
    const account = await readAccount(nodes.node, address, options);
    const verificationKeyHash = pinned.Service.hash;
    return orLookalike(() =>
      checkService(account, address, { verificationKeyHash, mayBePaused: true })
    );
  },

  async tab(terms, options) {
    const account = await readAccount(nodes.node, terms.tab, options);
    return orLookalike(() => ({
      state: stateOf(account, terms, pinned.Tab.hash),
      balance: account!.balance,
    }));
  },

  async isTab(address, options) {
    const account = await readAccount(nodes.node, address, options);
    return account !== null && holds(() => assertZkapp(account, pinned.Tab.hash, tabPermissions));
  },

  async canReceive(address, options) {
    const account = await readAccount(nodes.node, address, options);
    return holds(() => assertReceives(account, address));
  },

  async inbox(service, cursor, { maximum, signal }) {
    const page = await readInbox(
      nodes,
      service,
      cursor === undefined ? startCursor() : parseCursor(cursor),
      { maxActions: maximum, ...(signal === undefined ? {} : { signal }) }
    );
    return {
      entries: page.entries.map(({ ring }) => ('refused' in ring ? undefined : ring)),
      cursor: formatCursor(page.cursor),
      more: !page.current && page.entries.length > 0,
    };
  },
});

/**
 * A closed tab is a genuine one too: its settlements and refunds are still to be taken in. How far it
 * is settled, and which network it names, the daemon asks itself.
 */
function stateOf(account: Account | null, terms: Terms, verificationKeyHash: bigint): TabState {
  try {
    return checkTab(account, terms, {
      verificationKeyHash,
      network: terms.network,
      slot: 0,
      progress: 'any',
    });
  } catch (error) {
    // The last of the checks but for time and funds, which do not make a look-alike.
    if (!(error instanceof AccountRefused) || error.code !== 'CLOSED') throw error;
    return parseTabState(account!.state!);
  }
}

function orLookalike<T>(check: () => T): T | Lookalike {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AccountRefused)) throw error;
    return { missing: error.code === 'ABSENT', reason: error.message };
  }
}

function holds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof AccountRefused)) throw error;
    return false;
  }
}
