import { Bool, Field, Provable, Struct, UInt32, ZkProgram } from 'o1js';
import { Credential as Opened, NO_DIGEST, Scope } from '../provable/credential.ts';
import { Digest } from '../provable/execution.ts';

export { Credential, CredentialProof, CredentialClaim, Shown };

/**
 * What a proof says of the secret behind `commitment`. A part that is 0 says nothing: no text has the
 * digest 0, no scope the leaf 0 and no credential the commitment 0 but with probability 2^-254, and every
 * expiry is at least 0.
 */
class CredentialClaim extends Struct({
  commitment: Field,
  /** The network, service, tab and purpose that it is bound to; see `bindingCommitment`. */
  binding: Field,
  /** See `hostDigest`. */
  host: Digest,
  /** One of its scopes; see `scopeLeaf`. */
  scope: Field,
  /** It does not expire before this slot. */
  until: UInt32,
  /** Another commitment, to the very same secret. */
  sameAs: Field,
}) {}

/** Which parts of a claim are shown. Private: a claim shows by itself what stands in it. */
class Shown extends Struct({ host: Bool, scope: Bool, sameAs: Bool }) {
  static of({ host = false, scope = false, sameAs = false } = {}): Shown {
    return new Shown({ host: Bool(host), scope: Bool(scope), sameAs: Bool(sameAs) });
  }
}

/**
 * Predicates about a committed credential, for those who may not see it. One method shows any of them
 * together. Whoever verifies it learns the claim and nothing else; that the commitment is the one in a
 * request's note, and the binding that of its service and tab, is for them to compare.
 */
const Credential = ZkProgram({
  name: 'runproof-credential-1',
  publicOutput: CredentialClaim,
  methods: {
    /**
     * Constrains, in order: the commitment opens to `credential`; `until ≤ expiry`; where shown, the
     * scope's leaf stands under the committed root, and `other` opens to the same secret. What is not shown
     * is 0 in the claim, and its inputs may be anything. 263 rows.
     */
    show: {
      privateInputs: [Opened, Shown, Scope, UInt32, Opened],
      async method(credential: Opened, shown: Shown, scope: Scope, until: UInt32, other: Opened) {
        until.assertLessThanOrEqual(credential.expiry, 'the credential expires earlier');

        const isScope = scope.root().equals(credential.scopes);
        shown.scope.not().or(isScope).assertTrue('the scope is none of the credential’s');

        const { secret } = credential;
        const isSame = other.secret.high
          .equals(secret.high)
          .and(other.secret.low.equals(secret.low));
        shown.sameAs.not().or(isSame).assertTrue('the two commitments are to different secrets');

        const none = Field(0);
        return {
          publicOutput: new CredentialClaim({
            commitment: credential.commitment(),
            binding: credential.binding,
            host: new Digest({
              high: Provable.if(shown.host, credential.host.high, NO_DIGEST.high),
              low: Provable.if(shown.host, credential.host.low, NO_DIGEST.low),
            }),
            scope: Provable.if(shown.scope, scope.leaf, none),
            until,
            sameAs: Provable.if(shown.sameAs, other.commitment(), none),
          }),
        };
      },
    },
  },
});

class CredentialProof extends ZkProgram.Proof(Credential) {}
