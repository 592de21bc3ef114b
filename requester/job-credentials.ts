import { fromHex } from '../contracts/formats/bytes.ts';
import { rawCidOf } from '../contracts/formats/cid.ts';
import { bindingCommitment } from '../contracts/formats/credential.ts';
import type { Note } from '../contracts/formats/note.ts';
import { assertBound, parseVaultEntry } from '../contracts/formats/vault-entry.ts';
import type { BlockSource } from '../ipfs/source.ts';

export { type JobCredential, credentialsOf, wasGiven };

/** A secret of the vault that a job was given, as its block shows it to everybody. */
interface JobCredential {
  /** SHA-256 of the block, in hex. */
  readonly block: string;
  readonly commitment: bigint;
  /** Of the job's own network, service and tab, for jobs; see `bindingCommitment`. */
  readonly binding: bigint;
  /** Of the keyset that it is sealed to. */
  readonly epoch: number;
}

/**
 * What a note says that its job was given. Each block is had by its digest, and has to be bound to the
 * note's own network, service and tab: another's commitment in a note says nothing.
 *
 * @throws IpfsError; FormatError, `COMMITMENT` for a block that is bound elsewhere
 */
async function credentialsOf(
  blocks: BlockSource,
  { request, credentials = [] }: Pick<Note, 'request' | 'credentials'>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {}
): Promise<readonly JobCredential[]> {
  const { network, service, tab } = request.terms;
  const wanted = { network, service, tab, purpose: 'job' } as const;
  const binding = bindingCommitment(wanted);
  const found: JobCredential[] = [];
  for (const block of credentials) {
    const entry = parseVaultEntry(await blocks.get(rawCidOf(fromHex(block, 32)), { signal }));
    assertBound(entry, wanted);
    const { commitment, epoch } = entry;
    found.push({ block, commitment: BigInt(`0x${commitment}`), binding, epoch });
  }
  return found;
}

/**
 * Whether a job was given the secret behind a commitment.
 *
 * @param of.binding that a proof shows the commitment to open to: without it whoever runs a job might copy
 *   another tab's commitment into a block that is bound to this one
 */
const wasGiven = (
  { credentials }: { readonly credentials: readonly JobCredential[] },
  { commitment, binding }: { readonly commitment: bigint; readonly binding?: bigint }
): boolean =>
  credentials.some(
    (each) => each.commitment === commitment && (binding === undefined || each.binding === binding)
  );
