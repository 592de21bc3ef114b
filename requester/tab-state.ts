import type { Account } from '../contracts/chain/account.ts';
import { checkTab } from '../contracts/chain/check-tab.ts';
import { AccountRefused } from '../contracts/chain/refused.ts';
import { type TabState, parseTabState } from '../contracts/formats/tab-state.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import type { Requester } from './requester.ts';

export { stateOf };

/** State of a tab's account, open or not. @throws AccountRefused */
function stateOf(
  { pinned, networkId }: Pick<Requester, 'pinned' | 'networkId'>,
  account: Account | null,
  terms: Terms
): TabState {
  try {
    const verificationKeyHash = pinned.Tab.hash;
    return checkTab(account, terms, {
      verificationKeyHash,
      network: networkId,
      slot: 0,
      progress: 'any',
    });
  } catch (error) {
    // Comes after every other check, so what is closed is otherwise right.
    if (error instanceof AccountRefused && error.code === 'CLOSED')
      return parseTabState(account!.state!);
    throw error;
  }
}
