import { readAccount } from '../contracts/chain/account.ts';
import { formatMina } from '../contracts/formats/amount.ts';
import { headField } from '../contracts/formats/log-commit.ts';
import { type TabState, openingState } from '../contracts/formats/tab-state.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import { describeWindow, packWindow, unpackWindow } from '../contracts/formats/window.ts';
import type { Requester } from './requester.ts';
import { stateOf } from './tab.ts';

export { type LogClaim, type ClaimFinding, type ClaimId, claimOnChain, checkClaim };

/** Public output of a verified proof of a log: see `contracts/programs/job-log.ts`. */
interface LogClaim {
  readonly terms: bigint;
  readonly runner: bigint;
  readonly headBefore: bigint;
  readonly headAfter: bigint;
  readonly logBefore: bigint;
  readonly logAfter: bigint;
  readonly windowBefore: bigint;
  readonly windowAfter: bigint;
  /** Nanomina. */
  readonly total: bigint;
}

type ClaimId =
  | 'proof'
  | 'proof-terms'
  | 'proof-start'
  | 'proof-head'
  | 'proof-log'
  | 'proof-window'
  | 'proof-total';

/** One thing that a proof says, held against the chain. */
interface ClaimFinding {
  readonly id: ClaimId;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Holds what a proof says of a log against the tab's account as it is now: proving has taken minutes.
 *
 * @param jobs how many the proof is about
 * @throws ChainError, AccountRefused
 */
async function claimOnChain(
  requester: Pick<Requester, 'node' | 'networkId' | 'pinned'>,
  claim: LogClaim,
  { terms, jobs }: { readonly terms: Terms; readonly jobs: number },
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<readonly ClaimFinding[]> {
  const account = await readAccount(requester.node, terms.tab, { signal });
  return checkClaim(claim, terms, stateOf(requester, account, terms), jobs);
}

/** @param jobs how many the proof is about */
function checkClaim(
  claim: LogClaim,
  terms: Terms,
  state: TabState,
  jobs: number
): readonly ClaimFinding[] {
  const opening = openingState(terms, 0);
  const compare = (
    id: ClaimId,
    proven: bigint,
    held: bigint,
    show: (value: bigint) => string = String
  ): ClaimFinding => ({
    id,
    ok: proven === held,
    detail:
      proven === held
        ? `${show(proven)} on both sides`
        : `proven ${show(proven)}, the chain holds ${show(held)}`,
  });
  const start = [claim.headBefore, claim.logBefore, claim.windowBefore];
  const first = [headField(opening.head), opening.log, packWindow(opening.window)];
  const isFirst = start.every((value, i) => value === first[i]);
  return [
    {
      id: 'proof',
      ok: true,
      detail: `made and verified here for ${jobs === 1 ? '1 job' : `${jobs} jobs`}`,
    },
    compare('proof-terms', claim.terms, state.terms),
    {
      id: 'proof-start',
      ok: isFirst,
      detail: isFirst ? `genesis ${opening.head}` : `starts at ${start.join(', ')}`,
    },
    compare('proof-head', claim.headAfter, headField(state.head)),
    compare('proof-log', claim.logAfter, state.log),
    compare('proof-window', claim.windowAfter, packWindow(state.window), settledIn),
    compare('proof-total', claim.total, state.spent, inMina),
  ];
}

const inMina = (nanomina: bigint): string => `${formatMina(nanomina)} MINA`;

/** What a proof puts out is a window unless somebody forged it: then it is shown as it is. */
function settledIn(packed: bigint): string {
  try {
    return `numbers ${describeWindow(unpackWindow(packed))}`;
  } catch {
    return String(packed);
  }
}
