import { Field, UInt32, VerificationKey, verify } from 'o1js';
import {
  type Credential as PlainCredential,
  type Opening,
  credentialCommitment,
} from '../formats/credential.ts';
import { type CredentialClaim, type CredentialProof, credentialOutput } from '../formats/proof.ts';
import { Credential as Opened, Scope } from '../provable/credential.ts';
import { Credential, Shown } from './credential.ts';

export { type Kept, type CredentialWish, proveCredential, verifyCredentialProof };

interface Kept {
  readonly credential: PlainCredential;
  readonly opening: Opening;
}

/** What shall be shown; the rest stays hidden. */
interface CredentialWish {
  readonly host?: boolean;
  readonly scope?: string;
  readonly until?: number;
  /** Another credential with the same secret. */
  readonly sameAs?: Kept;
}

/**
 * The program must be compiled.
 *
 * @throws FormatError `SHAPE` for a scope that it has not, and o1js's error for what is not so
 */
async function proveCredential(
  { credential, opening }: Kept,
  { host = false, scope, until = 0, sameAs }: CredentialWish
): Promise<CredentialProof> {
  const { network, service, tab, purpose, scopes } = credential;
  const other = sameAs ?? { credential, opening };
  const { proof } = await Credential.show(
    Opened.from(credential, opening),
    Shown.of({ host, scope: scope !== undefined, sameAs: sameAs !== undefined }),
    scope === undefined ? Scope.none() : Scope.from(scopes, scope),
    UInt32.from(until),
    Opened.from(other.credential, other.opening)
  );
  const claim: CredentialClaim = {
    ...{ network, service, tab, purpose, until },
    commitment: String(credentialCommitment(credential, opening)),
    host: host ? credential.host : null,
    scope: scope ?? null,
    sameAs:
      sameAs === undefined ? null : String(credentialCommitment(sameAs.credential, sameAs.opening)),
  };
  return { version: 1, program: 'credential', claim, proof: proof.toJSON().proof };
}

/** Whether the proof shows its claim, under the pinned key. Bytes that are no proof show nothing. */
async function verifyCredentialProof(
  { claim, proof }: CredentialProof,
  key: { readonly data: string; readonly hash: string }
): Promise<boolean> {
  const publicOutput = credentialOutput(claim).map(String);
  const verificationKey = new VerificationKey({ data: key.data, hash: Field(key.hash) });
  return verify(
    { publicInput: [], publicOutput, maxProofsVerified: 0, proof },
    verificationKey
  ).catch(() => false);
}
