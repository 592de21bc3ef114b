import { readAccount } from '../../contracts/chain/account.ts';
import { headField } from '../../contracts/formats/log-commit.ts';
import { encodeNote, type Note } from '../../contracts/formats/note.ts';
import { Writer } from '../../contracts/formats/bytes.ts';
import { type TabState, openingState } from '../../contracts/formats/tab-state.ts';
import { type Terms, writeTerms } from '../../contracts/formats/terms.ts';
import { packWindow } from '../../contracts/formats/window.ts';
import type { Requester } from '../../requester/requester.ts';
import { stateOf } from '../../requester/tab.ts';
import type { LogClaim } from './message.ts';
import type { ProveOptions, Prover } from './prover.ts';

export { type ClaimFinding, type ClaimId, proveSettled, checkClaim };

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
 * Proves the settled part of a log in the page, as the provider once did, and compares what the proof
 * says with what the tab's account holds.
 *
 * @param settled notes of the tab's first entries, up to the settled head, oldest first
 * @throws ProverError, ChainError, AccountRefused
 */
async function proveSettled(
  requester: Pick<Requester, 'node' | 'networkId' | 'pinned'>,
  prover: Prover,
  settled: readonly Note[],
  options: ProveOptions = {}
): Promise<readonly ClaimFinding[]> {
  const { terms } = settled[0]!.request;
  const { claim } = await prover.prove(
    {
      kind: 'log',
      terms: writeTerms(new Writer(), terms).finish(),
      notes: settled.map(encodeNote),
    },
    options
  );
  // After it: minutes have passed.
  const account = await readAccount(requester.node, terms.tab, { signal: options.signal });
  return checkClaim(claim!, terms, stateOf(requester, account, terms), settled.length);
}

/** @param jobs how many the proof is about */
function checkClaim(
  claim: LogClaim,
  terms: Terms,
  state: TabState,
  jobs: number
): readonly ClaimFinding[] {
  const opening = openingState(terms, 0);
  const compare = (id: ClaimId, proven: bigint, held: bigint): ClaimFinding => ({
    id,
    ok: proven === held,
    detail:
      proven === held ? `${proven} on both sides` : `proven ${proven}, the chain holds ${held}`,
  });
  const start = [claim.headBefore, claim.logBefore, claim.windowBefore];
  const first = [headField(opening.head), opening.log, packWindow(opening.window)];
  const isFirst = start.every((value, i) => value === first[i]);
  return [
    { id: 'proof', ok: true, detail: `made and verified in this page for ${jobs} jobs` },
    compare('proof-terms', claim.terms, state.terms),
    {
      id: 'proof-start',
      ok: isFirst,
      detail: isFirst ? `genesis ${opening.head}` : `starts at ${start.join(', ')}`,
    },
    compare('proof-head', claim.headAfter, headField(state.head)),
    compare('proof-log', claim.logAfter, state.log),
    compare('proof-window', claim.windowAfter, packWindow(state.window)),
    compare('proof-total', claim.total, state.spent),
  ];
}
