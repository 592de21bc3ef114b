import Client from 'mina-signer';
import type { FieldSignature } from '../formats/signature.ts';
import { decodeMemo, decodeSignature, encodeSignature, isPrivateKey } from './base58check.ts';
import type { Command, Draft } from './command.ts';
import { ChainError } from './error.ts';
import { signerNetwork } from './network.ts';

export {
  type KeyPair,
  generateKeyPair,
  publicKeyOf,
  signCommand,
  isSignedByPayer,
  signFieldElements,
  verifyFieldElements,
};

interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Field signatures have one domain, whatever the network: the commitments name it. */
const fieldSigner = new Client({ network: 'testnet' });

/** From the platform's secure random source. */
const generateKeyPair = (): KeyPair => fieldSigner.genKeys();

/** @throws ChainError `KEY` */
function publicKeyOf(privateKey: string): string {
  if (!isPrivateKey(privateKey))
    throw new ChainError('KEY', 'that is not a Mina private key (EK…); its text is not shown here');
  return fieldSigner.derivePublicKey(privateKey);
}

/**
 * Signs with every key given, in the order that the draft asks for: each signature rewrites the fee
 * payer's, so the fee payer signs last. Where the fee payer is a wallet, the keys given here are
 * the others and the wallet adds its own.
 *
 * @param networkId the node's own, such as `mina:testnet`
 * @throws ChainError `KEY` for a key that has nothing to sign here
 */
function signCommand(
  { command, signers }: Draft,
  privateKeys: readonly string[],
  networkId: string
): Command {
  const keys = new Map(privateKeys.map((key) => [publicKeyOf(key), key]));
  for (const publicKey of keys.keys())
    if (!signers.includes(publicKey))
      throw new ChainError('KEY', `${publicKey} is none of the signers ${signers.join(', ')}`);
  const client = new Client({ network: signerNetwork(networkId) });
  return signers.reduce((signed, signer) => {
    const key = keys.get(signer);
    if (key === undefined) return signed;
    const { publicKey: feePayer, fee, nonce, validUntil } = signed.feePayer.body;
    const memo = decodeMemo(signed.memo);
    return client.signZkappCommand(
      { zkappCommand: signed, feePayer: { feePayer, fee, nonce, validUntil, memo } },
      key
    ).data.zkappCommand;
  }, command);
}

/**
 * Whether the fee payer's key has signed exactly this command: the fee payer, and those of its updates
 * that are of the same key.
 */
function isSignedByPayer(command: Command, networkId: string): boolean {
  const { authorization, body } = command.feePayer;
  const { publicKey, fee, nonce, validUntil } = body;
  try {
    return new Client({ network: signerNetwork(networkId) }).verifyZkappCommand({
      data: { zkappCommand: command, feePayer: { feePayer: publicKey, fee, nonce, validUntil } },
      publicKey,
      signature: authorization,
    });
  } catch {
    return false; // what does not even parse
  }
}

/** As o1js's `Signature.create`: for requests, orders and receipts. */
function signFieldElements(elements: readonly bigint[], privateKey: string): FieldSignature {
  publicKeyOf(privateKey);
  return decodeSignature(fieldSigner.signFields([...elements], privateKey).signature);
}

/** Whether `publicKey` signed exactly these elements. */
const verifyFieldElements = (
  elements: readonly bigint[],
  signature: FieldSignature,
  publicKey: string
): boolean =>
  fieldSigner.verifyFields({
    data: [...elements],
    signature: encodeSignature(signature),
    publicKey,
  });
