import { VerificationKey } from 'o1js';
import { generateKeyPair, type KeyPair } from '../../../contracts/chain/sign.ts';
import type { Terms } from '../../../contracts/formats/terms.ts';
import type { ServiceState } from '../../../contracts/formats/service-state.ts';
import { keyHash } from '../../../contracts/formats/terms.ts';

export { NETWORK, EXPIRY, dummyKey, exampleTerms, exampleServiceState, bytes };

const NETWORK = 'mina:testnet';
const EXPIRY = 1_000;

/** A real verification key, of o1js's own smallest circuit: these tests prove nothing. */
const dummyKey = ((): { data: string; hash: bigint } => {
  const { data, hash } = VerificationKey.dummySync();
  return { data, hash: hash.toBigInt() };
})();

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

function exampleTerms(tab: KeyPair, service: string): Terms {
  return {
    network: NETWORK,
    tab: tab.publicKey,
    service,
    requestKey: generateKeyPair().publicKey,
    refund: generateKeyPair().publicKey,
    payee: generateKeyPair().publicKey,
    price: { base: 10_000_000n, perSecond: 1_000_000n },
    token: 1n,
    cap: 500_000_000n,
  };
}

const exampleServiceState = (owner: string, runner: string): ServiceState => ({
  descriptor: bytes(1),
  owner: keyHash(owner),
  runner: keyHash(runner),
  keyset: bytes(2),
  epoch: 0,
  paused: false,
});
