import { Field, Mina, Proof, Void } from 'o1js';
import { signerNetwork } from '../formats/protocol.ts';

export { minaClient, type Endpoints };

type Client = ReturnType<typeof Mina.Network>;

interface Endpoints {
  readonly graphql: string;
  readonly archive?: string;
  readonly accountManager?: string;
  /** As the node says it, such as `mina:testnet`. */
  readonly networkId?: string;
}

/**
 * o1js's own client for a network, for `Mina.setActiveInstance`.
 * @param options.proofsEnabled false where the network was started so: then contracts need no
 *   compiling, `deploy` sets o1js's dummy key, and `prove` fills in one dummy proof (made once a process,
 *   about 2 s)
 */
function minaClient(network: Endpoints, { proofsEnabled }: { proofsEnabled: boolean }): Client {
  const client = Mina.Network({
    networkId: signerNetwork(network.networkId ?? 'mina:testnet'),
    mina: network.graphql,
    archive: network.archive,
    lightnetAccountManager: network.accountManager,
  });
  return proofsEnabled ? client : withoutProofs(client);
}

/** `Mina.Network` always proves, unlike `LocalBlockchain`; so its transactions get their proofs here. */
function withoutProofs(client: Client): Client {
  return {
    ...client,
    proofsEnabled: false,
    transaction(sender, body) {
      const built = client.transaction(sender, body);
      const filled = built.then(async (transaction) => {
        for (const update of transaction.transaction.accountUpdates) {
          if (update.lazyAuthorization?.kind !== 'lazy-proof') continue;
          update.lazyAuthorization = undefined;
          update.authorization = { proof: await dummyProof() };
        }
        return transaction;
      });
      return Object.assign(filled, {
        sign: (keys: Parameters<typeof built.sign>[0]) => filled.then((tx) => tx.sign(keys)),
        prove: () => filled.then((tx) => tx.prove()),
        send: () => filled.then((tx) => tx.send()),
      }) as typeof built;
    },
  };
}

class DummyProof extends Proof<Field, void> {
  static override publicInputType = Field;
  static override publicOutputType = Void;
}

let made: Promise<string> | undefined;

const dummyProof = (): Promise<string> =>
  (made ??= DummyProof.dummy(Field(0), undefined, 2).then((proof) => proof.toJSON().proof));
