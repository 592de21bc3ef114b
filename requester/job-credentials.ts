import { fromHex } from '../contracts/formats/bytes.ts';
import { rawCidOf } from '../contracts/formats/cid.ts';
import { bindingCommitment } from '../contracts/formats/credential.ts';
import { parseVaultEntry } from '../contracts/formats/vault.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import type { VerifiedJob } from './verify.ts';

export { type JobCredential, credentialsOf };

/** A commitment that a job's note names. */
interface JobCredential {
  readonly sequence: number;
  readonly commitment: bigint;
  /** Of the job's own network, service and tab, for jobs; see `bindingCommitment`. */
  readonly binding: bigint;
}

/**
 * What the notes of some jobs say that they were given. Each block is had by its digest, and has to be
 * bound to the note's own network, service and tab: another's commitment in a note says nothing.
 *
 * @param jobs of receipts that were verified
 * @throws IpfsError, FormatError; RequesterError `CREDENTIAL` for a block that is bound elsewhere
 */
async function credentialsOf(
  { blocks }: Pick<Requester, 'blocks'>,
  jobs: readonly Pick<VerifiedJob, 'entry'>[],
  { signal }: Pick<Stepwise, 'signal'> = {}
): Promise<readonly JobCredential[]> {
  const found: JobCredential[] = [];
  for (const { entry } of jobs) {
    const { request, credentials = [] } = entry.note;
    const { network, service, tab } = request.terms;
    const { sequence } = request;
    for (const digest of credentials) {
      const cid = rawCidOf(fromHex(digest, 32));
      const vault = parseVaultEntry(await blocks.get(cid, { signal }));
      const binding = bindingCommitment({ network, service, tab, purpose: 'job' });
      if (bindingCommitment(vault) !== binding)
        throw new RequesterError(
          'CREDENTIAL',
          `job ${sequence} names the block ${String(cid)}, which is bound to another tab, service or purpose.`
        );
      found.push({ sequence, commitment: BigInt(`0x${vault.commitment}`), binding });
    }
  }
  return found;
}
