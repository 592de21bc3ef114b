import { Writer } from '../../contracts/formats/bytes.ts';
import { genesisId } from '../../contracts/formats/log-commit.ts';
import { encodeNote } from '../../contracts/formats/note.ts';
import { writeTerms } from '../../contracts/formats/terms.ts';
import { MOST_NOTES } from '../../oracle/prove/job.ts';
import type { ProveOptions, Prover } from '../../oracle/prove/prover.ts';
import { type ClaimFinding, claimOnChain } from '../../requester/log-claim.ts';
import type { Requester } from '../../requester/requester.ts';
import type { VerifiedJob } from '../../requester/verify.ts';
import { CliError } from '../cli/error.ts';

export { proveSettledLog };

/**
 * Makes the proof that a tab's contract was paid by once more, of everything settled since the log's
 * genesis, and holds what it says against the account. Whoever believes no check need believe only
 * this circuit, whose key is pinned.
 *
 * @param jobs of the whole log, verified, oldest first
 * @throws CliError `NOT_FOUND` where nothing is settled, `FAILED` where the runner's key was rotated
 *   within what is, or that is too much for one proof; OracleError, ChainError, AccountRefused
 */
async function proveSettledLog(
  requester: Pick<Requester, 'node' | 'networkId' | 'pinned'>,
  prover: Pick<Prover, 'prove'>,
  tab: string,
  jobs: readonly VerifiedJob[],
  options: ProveOptions = {}
): Promise<readonly ClaimFinding[]> {
  const settled = jobs.filter(({ isSettled }) => isSettled).map(({ entry }) => entry);
  const [first] = settled;
  if (first === undefined)
    throw new CliError('NOT_FOUND', `Nothing of the log of ${tab} is settled yet.`);
  if (first.commit.parent !== genesisId(tab))
    throw new CliError('USAGE', 'A proof begins at the log’s genesis: name the tab.');
  if (new Set(settled.map(({ note }) => note.runner)).size > 1)
    throw new CliError(
      'FAILED',
      'The runner’s key was rotated within this log, and one proof is about one key; the checks of verify hold without it.'
    );
  if (settled.length > MOST_NOTES)
    throw new CliError(
      'FAILED',
      `${settled.length} jobs of the log are settled, and one proof is made of at most ${MOST_NOTES}; the checks of verify hold without it.`
    );
  const { terms } = first.note.request;
  const { claim } = await prover.prove(
    {
      kind: 'log',
      terms: writeTerms(new Writer(), terms).finish(),
      notes: settled.map(({ note }) => encodeNote(note)),
    },
    options
  );
  return claimOnChain(requester, claim, { terms, jobs: settled.length }, options);
}
