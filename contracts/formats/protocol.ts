export { PROTOCOL, signerNetwork, type SignerNetwork };

/**
 * Everything that depends on Mina's protocol version, and nothing else does: the era of o1js 2.15 and
 * mina-signer 3.1. The Mesa fork changes state fields, limits, slot time and the transaction version;
 * a move to it begins here. Values as in o1js's `lib/mina/v1/constants.ts` and Mina's
 * `mina_compile_config.ml`; a test holds those that o1js exports against it.
 */
const PROTOCOL = {
  /** Signed into permissions: "impossible during this version" loosens when the network's is newer. */
  transactionVersion: 3,
  stateFields: 8,
  /** Field elements of all actions, and of all events, of one transaction. */
  actionElements: 100,
  eventElements: 100,
  /** Rings of {@link ACTION_FIELDS} elements that fit one transaction's actions. */
  ringsPerTransaction: 20,
  /** Past action states that an account keeps, its current one included. */
  actionStates: 5,
  /** Nanomina, paid by whoever makes an account. */
  accountCreationFee: 1_000_000_000n,
  /** Nanomina for each account update, the fee payer's included, that a node asks at least. */
  minimumFeePerUpdate: 1_000_000n,
  slotSeconds: 180,
  /** Blocks until one is final: Mina's k, and as far as `bestChain` reaches. */
  finality: 290,
  /** zkApp commands of one block, roughly: what a fee has to compete for. */
  blockCapacity: 128,
  /** What a transaction costs to prove; the sum has to stay below the limit. */
  cost: { proof: 10.26, signedPair: 10.08, signedSingle: 9.14, limit: 69.45 },
  memoBytes: 32,
} as const;

/** Domain of signatures: everything but mainnet signs alike. */
type SignerNetwork = 'mainnet' | 'testnet';

const signerNetwork = (networkId: string): SignerNetwork =>
  networkId === 'mina:mainnet' ? 'mainnet' : 'testnet';
