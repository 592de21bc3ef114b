import pins from '../../../contracts/circuits.pinned.json' with { type: 'json' };
import { beforeAll, describe, expect, it } from 'vitest';
import { credentialCommitment } from '../../../contracts/formats/credential.ts';
import { type CredentialProof, parseCredentialProof } from '../../../contracts/formats/proof.ts';
import {
  proveCredential,
  verifyCredentialProof,
} from '../../../contracts/programs/prove-credential.ts';
import { compiled } from '../../fixtures/compiled.ts';
import { credential, opening, publicKey } from '../../vectors/sample.ts';

const { scopes, expiry } = credential;
const kept = { credential, opening };
const again = {
  credential: { ...credential, tab: null, expiry: 1 },
  opening: { ...opening, blinding: 5n },
};
const holds = (
  proof: CredentialProof,
  key: { readonly data: string; readonly hash: string } = pins.Credential
): Promise<boolean> => verifyCredentialProof(proof, key);

let proof: CredentialProof;
beforeAll(async () => {
  await compiled();
  proof = await proveCredential(kept, {
    ...{ host: true, scope: scopes[0]!, until: expiry, sameAs: again },
  });
});

describe('a proof about a credential', () => {
  it('verifies with the pinned key alone, after a trip through a file', async () => {
    const { network, service, tab, purpose, host } = credential;
    expect(proof.claim).toEqual({
      ...{ network, service, tab, purpose, host, scope: scopes[0], until: expiry },
      commitment: String(credentialCommitment(credential, opening)),
      sameAs: String(credentialCommitment(again.credential, again.opening)),
    });
    expect(await holds(parseCredentialProof(JSON.parse(JSON.stringify(proof))))).toBe(true);
  });

  it('O6: does not verify with any part of its claim changed, with another key or other bytes', async () => {
    const changes: Partial<CredentialProof['claim']>[] = [
      { network: 'mina:mainnet' },
      { service: publicKey(99) },
      { tab: null },
      { purpose: 'trigger' },
      { commitment: String(BigInt(proof.claim.commitment) + 1n) },
      { host: 'elsewhere.example' },
      { host: null },
      { scope: scopes[1]! },
      { until: expiry + 1 },
      { sameAs: null },
      { sameAs: proof.claim.commitment },
    ];
    for (const change of changes)
      expect(
        await holds({ ...proof, claim: { ...proof.claim, ...change } }),
        JSON.stringify(change)
      ).toBe(false);
    expect(await holds(proof, pins.ActiveTab)).toBe(false);
    const bytes = Buffer.from(proof.proof, 'base64');
    const at = bytes.subarray(bytes.length / 2).findIndex((byte) => byte >= 0x30 && byte <= 0x38);
    bytes[bytes.length / 2 + at]! += 1;
    expect(await holds({ ...proof, proof: bytes.toString('base64') })).toBe(false);
    expect(await holds({ ...proof, proof: '' })).toBe(false);
  });

  it('cannot be made of what is not so', async () => {
    await expect(proveCredential(kept, { until: expiry + 1 })).rejects.toThrow();
    await expect(proveCredential(kept, { scope: 'admin' })).rejects.toThrow(/none of the/);
    const other = { ...again, opening: { ...opening, secret: new Uint8Array(32) } };
    await expect(proveCredential(kept, { sameAs: other })).rejects.toThrow();
  });
});
