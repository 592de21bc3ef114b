import { Writer } from '../../contracts/formats/bytes.ts';
import { type Note, encodeNote } from '../../contracts/formats/note.ts';
import { writeTerms } from '../../contracts/formats/terms.ts';
import { type ClaimFinding, claimOnChain } from '../../requester/log-claim.ts';
import type { Requester } from '../../requester/requester.ts';
import type { ProveOptions, Prover } from './prover.ts';

export { proveSettled };

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
  return claimOnChain(requester, claim!, { terms, jobs: settled.length }, options);
}
