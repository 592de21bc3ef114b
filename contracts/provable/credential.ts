import { Field, Struct, UInt32 } from 'o1js';
import {
  type Credential as PlainCredential,
  type Opening,
  SCOPE_DEPTH,
  bindingCommitment,
  hostDigest,
  scopeLeaf,
  scopePath,
  scopeRoot,
} from '../formats/credential.ts';
import { hashIn } from './domain.ts';
import { Digest } from './execution.ts';
import { treePath, treePathOf, treeRoot } from './tree.ts';

export { Credential, Scope, NO_DIGEST };

/** Stands for "no host", and for "none shown": no text has this SHA-256. */
const NO_DIGEST = new Digest({ high: Field(0), low: Field(0) });

/** A committed secret, opened to the prover; see `formats/credential.ts`. */
class Credential extends Struct({
  binding: Field,
  host: Digest,
  scopes: Field,
  expiry: UInt32,
  secret: Digest,
  blinding: Field,
}) {
  static from(credential: PlainCredential, { secret, blinding }: Opening): Credential {
    const { host, scopes, expiry } = credential;
    return new Credential({
      binding: Field(bindingCommitment(credential)),
      host: host === null ? NO_DIGEST : Digest.fromBytes(hostDigest(host)),
      scopes: Field(scopeRoot(scopes)),
      expiry: UInt32.from(expiry),
      secret: Digest.fromBytes(secret),
      blinding: Field(blinding),
    });
  }

  /** Equal to `credentialCommitment` in `formats`. 5 permutations, 65 rows. */
  commitment(): Field {
    const { binding, host, scopes, expiry, secret, blinding } = this;
    return hashIn(
      'credential',
      ...[binding, ...host.toFields(), scopes, expiry.value, ...secret.toFields(), blinding]
    );
  }
}

/** One scope of a credential and its place in the tree. */
class Scope extends Struct({ leaf: Field, ...treePath(SCOPE_DEPTH) }) {
  static from(scopes: readonly string[], wanted: string): Scope {
    return new Scope({ leaf: Field(scopeLeaf(wanted)), ...treePathOf(scopePath(scopes, wanted)) });
  }

  /** A path that leads nowhere, for a proof that shows no scope. */
  static none(): Scope {
    const siblings = Array.from({ length: SCOPE_DEPTH }, () => 0n);
    return new Scope({ leaf: Field(0), ...treePathOf({ siblings, index: 0 }) });
  }

  root(): Field {
    return treeRoot('scopeNode', this.leaf, this);
  }
}
