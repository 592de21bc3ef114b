import { Bool, Field, Mina, PublicKey, UInt64 } from 'o1js';
import { type Terms as PlainTerms, keyHash } from '../formats/terms.ts';
import { Digest } from '../provable/execution.ts';
import { Terms } from '../provable/terms.ts';
import { type Endpoints, minaClient } from './client.ts';
import { Service } from './service.ts';
import { Tab } from './tab.ts';

export { type CallContext, proveCall, refund, rotate, setPaused };

/** Who pays for a call, and the node whose accounts it is made for. */
interface CallContext extends Pick<Endpoints, 'graphql' | 'networkId'> {
  /** Nanomina. */
  readonly feePayer: {
    readonly publicKey: string;
    readonly fee: bigint;
    readonly nonce: number;
  };
  /** False on an embedded network that was started so; see `minaClient`. */
  readonly proofsEnabled: boolean;
}

/**
 * Builds the transaction that a call makes, and proves it. The contract must be compiled.
 *
 * @returns the command as JSON, every proof in it, the signatures of whoever pays and owns missing
 */
async function proveCall(
  { graphql, networkId, feePayer, proofsEnabled }: CallContext,
  call: () => Promise<void>
): Promise<string> {
  const network = { graphql, ...(networkId === undefined ? {} : { networkId }) };
  Mina.setActiveInstance(minaClient(network, { proofsEnabled }));
  const { publicKey, fee, nonce } = feePayer;
  const transaction = await Mina.transaction(
    { sender: PublicKey.fromBase58(publicKey), fee: Number(fee), nonce },
    call
  );
  await transaction.prove();
  return transaction.toJSON();
}

/** Sends `amount` of an expired tab to its refund address. */
const refund = (terms: PlainTerms, amount: bigint): Promise<void> =>
  new Tab(PublicKey.fromBase58(terms.tab)).refund(Terms.from(terms), UInt64.from(amount));

/** @param change.keyset SHA-256 of the new keyset block */
const rotate = (change: {
  readonly service: string;
  readonly owner: string;
  readonly runner: string;
  readonly keyset: Uint8Array;
}): Promise<void> =>
  new Service(PublicKey.fromBase58(change.service)).rotate(
    PublicKey.fromBase58(change.owner),
    Field(keyHash(change.runner)),
    Digest.fromBytes(change.keyset)
  );

const setPaused = (change: {
  readonly service: string;
  readonly owner: string;
  readonly paused: boolean;
}): Promise<void> =>
  new Service(PublicKey.fromBase58(change.service)).setPaused(
    PublicKey.fromBase58(change.owner),
    Bool(change.paused)
  );
