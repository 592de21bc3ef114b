import { FormatError } from '../formats/error.ts';
import { tabPermissions } from '../formats/permissions.ts';
import {
  type TabState,
  encodeTabState,
  openingState,
  parseTabState,
} from '../formats/tab-state.ts';
import { type Terms, termsCommitment } from '../formats/terms.ts';
import type { Account } from './account.ts';
import { LAST_SLOT } from './open-tab.ts';
import { AccountRefused, type RefusalCode, assertZkapp } from './refused.ts';

export { checkTab, parseState, type CheckTabOptions };

interface CheckTabOptions {
  /** The pinned one of `Tab`. */
  readonly verificationKeyHash: bigint;
  /** The node's own network id. */
  readonly network: string;
  /** Current slot since genesis. */
  readonly slot: number;
  /** Slots that the tab must stay open for, as a job and its settlement take time. Default 0. */
  readonly slotsLeft?: number;
  /** Least balance in nanomina. Default 0. */
  readonly balance?: bigint;
  /**
   * What is settled: `opening` (default) where nothing can be; a state that the caller has seen grow;
   * or `any` for readers who hold the state against the log. The opener wrote the first state freely:
   * a provider that accepted any head or window would work for numbers that can't be settled.
   */
  readonly progress?: 'opening' | 'any' | Pick<TabState, 'head' | 'log' | 'window' | 'spent'>;
}

/**
 * Everything that a signature could have put wrong when a tab was opened. Who relies on a tab calls
 * this before anything runs (threat C4).
 *
 * @param account as the node has it; null where it has none
 * @returns the tab's state
 * @throws AccountRefused
 */
function checkTab(account: Account | null, terms: Terms, options: CheckTabOptions): TabState {
  const { verificationKeyHash, network, slot, slotsLeft = 0, balance = 0n } = options;
  const { tab } = terms;
  if (terms.network !== network)
    throw new AccountRefused('NETWORK', `the terms are for ${terms.network}, this is ${network}`);
  if (account === null)
    throw new AccountRefused(
      'ABSENT',
      `there is no tab at ${tab}; wait for its opening transaction`
    );
  if (account.address !== tab)
    throw new AccountRefused('ADDRESS', `the terms are for tab ${tab}, not ${account.address}`);
  if (account.token !== terms.token)
    throw new AccountRefused('TOKEN', `the tab holds token ${account.token}, not ${terms.token}`);

  const fields = assertZkapp(account, verificationKeyHash, tabPermissions);
  const state = parseState(parseTabState, fields, tab);
  const commitment = termsCommitment(terms);
  if (state.terms !== commitment)
    throw new AccountRefused('TERMS', `the tab was opened for other terms than ${commitment}`);
  if (state.expiry >= LAST_SLOT)
    throw new AccountRefused(
      'STATE',
      `the tab expires at slot ${state.expiry}, the last there is: what it holds could never be refunded`
    );
  assertProgress(state, terms, options.progress ?? 'opening');
  if (state.expiry === 0) throw new AccountRefused('CLOSED', `the tab ${tab} is closed`);
  if (state.expiry < slot + slotsLeft)
    throw new AccountRefused(
      'EXPIRED',
      `the tab expires at slot ${state.expiry}, slot ${slot + slotsLeft} is needed; extend it`
    );
  if (account.balance < balance)
    throw new AccountRefused(
      'BALANCE',
      `the tab holds ${account.balance} nanomina, ${balance} are needed; top it up`
    );
  return state;
}

function assertProgress(
  state: TabState,
  terms: Terms,
  progress: NonNullable<CheckTabOptions['progress']>
): void {
  if (progress === 'any') return;
  const known = progress === 'opening' ? openingState(terms, state.expiry) : progress;
  const actual = encodeTabState(state);
  const expected = encodeTabState({ ...state, ...pick(known) });
  const at = actual.findIndex((field, i) => field !== expected[i]);
  if (at >= 0)
    throw new AccountRefused(
      'PROGRESS',
      `state field ${at} of the tab is ${actual[at]!}, expected ${expected[at]!}`
    );
}

const pick = ({
  head,
  log,
  window,
  spent,
}: Pick<TabState, 'head' | 'log' | 'window' | 'spent'>) => ({
  head,
  log,
  window,
  spent,
});

/** Turns a parser's complaint into a refusal: unknown layouts have a code of their own. */
function parseState<T>(
  parse: (fields: readonly bigint[]) => T,
  fields: readonly bigint[],
  address: string
): T {
  try {
    return parse(fields);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const code: RefusalCode = error.code === 'VERSION' ? 'LAYOUT' : 'STATE';
    throw new AccountRefused(code, `state of ${address}: ${error.message}`);
  }
}
