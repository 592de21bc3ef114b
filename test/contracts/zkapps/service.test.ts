import { Bool, Field } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair, type KeyPair } from '../../../contracts/chain/sign.ts';
import { encodeServiceState, type ServiceState } from '../../../contracts/formats/service-state.ts';
import { keyHash } from '../../../contracts/formats/terms.ts';
import { Digest } from '../../../contracts/provable/execution.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import { CONTRACT_ERROR } from '../../../contracts/zkapps/error.ts';
import { Service } from '../../../contracts/zkapps/service.ts';
import { Tab } from '../../../contracts/zkapps/tab.ts';
import { makeNote } from '../../fixtures/job-fixture.ts';
import { Market, SERVICE_STATE, claimOf, dummyProofOf, key, stateOf } from './escrow.ts';

let market: Market;
let service: KeyPair;
let state: ServiceState;
beforeAll(async () => {
  market = await Market.create();
});

function publish(): void {
  service = generateKeyPair();
  market.publish(service);
  const [owner, runner] = [market.owner, market.us.runner].map((who) => keyHash(who.publicKey));
  state = { ...SERVICE_STATE, owner: owner!, runner: runner! };
}
const fields = (): bigint[] =>
  market.chain.getAccount(key(service.publicKey)).zkapp!.appState.map((x) => x.toBigInt());
const keyset = new Uint8Array(32).fill(7);

function rotate(runner: string, owner = market.owner, signer = owner): Promise<void> {
  return market.transact(
    () =>
      new Service(key(service.publicKey)).rotate(
        key(owner.publicKey),
        Field(keyHash(runner)),
        Digest.fromBytes(keyset)
      ),
    ...(signer === market.wallet ? [] : [signer])
  );
}
const pause = (paused: boolean, owner = market.owner): Promise<void> =>
  market.transact(
    () => new Service(key(service.publicKey)).setPaused(key(owner.publicKey), Bool(paused)),
    owner
  );

describe('a service', () => {
  it('is rotated and paused by its owner, in exactly the fields that the formats say', async () => {
    publish();
    expect(fields()).toEqual(encodeServiceState(state));
    await pause(true);
    expect(fields()).toEqual(encodeServiceState({ ...state, paused: true }));
    const { publicKey } = generateKeyPair();
    await rotate(publicKey);
    const rotated = { ...state, runner: keyHash(publicKey), keyset, epoch: 1 };
    expect(fields()).toEqual(encodeServiceState({ ...rotated, paused: true }));
    await pause(false);
    expect(fields()).toEqual(encodeServiceState(rotated));
  });

  it('is changed by nobody else: not by a stranger, nor in the owner’s name without signature', async () => {
    publish();
    const stranger = market.wallet;
    const { publicKey } = market.us.runner;
    await expect(rotate(publicKey, stranger)).rejects.toThrow(CONTRACT_ERROR.notOwner);
    await expect(pause(true, stranger)).rejects.toThrow(CONTRACT_ERROR.notOwner);
    await expect(rotate(publicKey, service)).rejects.toThrow(CONTRACT_ERROR.notOwner);
    await expect(rotate(publicKey, market.owner, stranger)).rejects.toThrow(/signature/i);
    expect(fields()).toEqual(encodeServiceState(state));
  });

  it('O7: pays for no receipts of a runner that it has replaced', async () => {
    publish();
    const terms = market.open({ service: service.publicKey });
    const next = generateKeyPair();
    const claimBy = (signer: KeyPair): ReturnType<typeof claimOf> =>
      claimOf(terms, stateOf(market.chain, terms.tab), [
        makeNote(market.us, terms, { sequence: 1, signer }),
      ]);
    const settle = async (signer: KeyPair): Promise<void> => {
      const proof = await dummyProofOf(claimBy(signer).claim);
      await market.transact(() => new Tab(key(terms.tab)).settle(proof, Terms.from(terms)));
    };
    await expect(settle(next)).rejects.toThrow(/precondition_unsatisfied/);
    await rotate(next.publicKey);
    await expect(settle(market.us.runner)).rejects.toThrow(/precondition_unsatisfied/);
    const { total } = claimBy(next);
    await settle(next);
    expect(stateOf(market.chain, terms.tab).spent).toBe(total);
  });
});
