import { Lightnet, Mina, type PrivateKey, type PublicKey } from 'o1js';

export { acquire, query, send };
export type { KeyPair };

interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}

interface SendOptions {
  readonly signers?: readonly PrivateKey[];
  readonly nonce?: number;
}

const FEE = 100_000_000;

const acquire = (): Promise<KeyPair> => Lightnet.acquireKeyPair();

/** Builds, proves, signs and sends; the outcome is left to the caller. */
async function send(
  payer: KeyPair,
  body: () => Promise<void>,
  { signers = [], nonce }: SendOptions = {}
): Promise<Mina.PendingTransaction> {
  const sender = { sender: payer.publicKey, fee: FEE, ...(nonce === undefined ? {} : { nonce }) };
  const tx = await Mina.transaction(sender, body);
  await tx.prove();
  return tx.sign([payer.privateKey, ...signers]).send();
}

interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

async function query(url: string, text: string, variables = {}): Promise<GraphqlAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  return (await response.json()) as GraphqlAnswer;
}
