import {
  AccountUpdate,
  Field,
  Mina,
  PublicKey,
  VerificationKey,
  ZkappPublicInput,
  verify,
} from 'o1js';
import type { Command, UpdateJson } from './command.ts';
import { CommandRefused } from './errors.ts';
import type { AccountId } from './ledger.ts';

export { checkWellFormed, SignatureCheck, checkKeysAndProofs };
export type { KeyLookup, VerificationKeyJson };

type VerificationKeyJson = NonNullable<UpdateJson['body']['update']['verificationKey']>;

/** The verification key an account would have when the command's turn comes. */
type KeyLookup = (account: AccountId) => VerificationKeyJson | undefined;

/** `minimum_user_command_fee` of Mina's `genesis_constants`, in nanomina. */
const MINIMUM_FEE = 1_000_000n;
/** `TransactionCost` and `TransactionLimits` of o1js 2.15, from Mina's `mina_compile_config`. */
const COST = { proof: 10.26, signedPair: 10.08, signedSingle: 9.14, limit: 69.45 } as const;
const MOST_ELEMENTS = 100;
const TRANSACTION_VERSION = 3;
/** What `verificationKeyHash` must be where the authorization is no proof. */
const NO_KEY_HASH = '3392518251768960475377392625298437850623664973002200885669375116181514017494';

/**
 * What a node calls well-formed: fee, limits, versions, call depths, authorizations of the kinds
 * they say they are. Looks at nothing but the command.
 * @throws CommandRefused
 */
function checkWellFormed({ body }: Command): void {
  const fee = BigInt(body.feePayer.body.fee);
  if (fee < MINIMUM_FEE)
    throw new CommandRefused(
      'INSUFFICIENT_FEE',
      `Insufficient_fee: the fee is ${fee} nanomina, the least is ${MINIMUM_FEE}; raise it.`
    );
  checkCost(body.accountUpdates);
  let depth = -1;
  body.accountUpdates.forEach((update, i) => {
    const { callDepth } = update.body;
    if (callDepth < 0 || callDepth > depth + 1)
      throw new CommandRefused(
        'MALFORMED',
        `account update ${i} has call depth ${callDepth} after ${depth}; it may grow by one.`
      );
    depth = callDepth;
    checkAuthorizationKind(update, i);
    const { permissions, timing } = update.body.update;
    if (permissions && Number(permissions.setVerificationKey.txnVersion) > TRANSACTION_VERSION)
      throw new CommandRefused(
        'INCOMPATIBLE_VERSION',
        `Incompatible_version: account update ${i} has setVerificationKey of transaction version ` +
          `${permissions.setVerificationKey.txnVersion}; this network has ${TRANSACTION_VERSION}.`
      );
    if (timing?.vestingPeriod === '0')
      throw new CommandRefused(
        'ZERO_VESTING_PERIOD',
        `Zero_vesting_period: account update ${i} sets a vesting period of 0 slots; use 1 or more.`
      );
  });
}

function checkCost(updates: readonly UpdateJson[]): void {
  const kinds = [
    { isSigned: true, isProved: false, verificationKeyHash: '' },
    ...updates.map((update) => update.body.authorizationKind),
  ];
  const { proof, signedPair, signedSingle } = Mina.filterGroups(kinds);
  const cost = COST.proof * proof + COST.signedPair * signedPair + COST.signedSingle * signedSingle;
  if (cost >= COST.limit)
    throw new CommandRefused(
      'TOO_EXPENSIVE',
      `the command costs ${cost.toFixed(2)} (${proof} proofs, ${signedPair} signed pairs, ` +
        `${signedSingle} single), the limit is ${COST.limit}; use fewer account updates.`
    );
  for (const kind of ['events', 'actions'] as const) {
    const elements = updates.reduce((sum, update) => sum + update.body[kind].flat().length, 0);
    if (elements > MOST_ELEMENTS)
      throw new CommandRefused(
        'TOO_EXPENSIVE',
        `the command has ${elements} field elements of ${kind}, the limit is ${MOST_ELEMENTS}.`
      );
  }
}

function checkAuthorizationKind({ body, authorization }: UpdateJson, i: number): void {
  const { isProved, isSigned, verificationKeyHash } = body.authorizationKind;
  const hasProof = authorization.proof !== null;
  const hasSignature = authorization.signature !== null;
  const name = (proof: boolean, signature: boolean): string =>
    [proof && 'proof', signature && 'signature'].filter(Boolean).join(' and ') || 'nothing';
  if (hasProof !== isProved || hasSignature !== isSigned || (isProved && isSigned))
    throw new CommandRefused(
      'INVALID_AUTHORIZATION',
      `account update ${i} says it is authorized by ${name(isProved, isSigned)} but carries ` +
        `${name(hasProof, hasSignature)}; prove and sign it before sending.`
    );
  if (!isProved && verificationKeyHash !== NO_KEY_HASH)
    throw new CommandRefused(
      'INVALID_AUTHORIZATION',
      `account update ${i} has no proof but names a verification key; leave the dummy hash there.`
    );
}

/**
 * Mina's own check of every signature. It is the first thing the ledger does with a command, so we let
 * an empty ledger apply it: that either complains about a signature or finds no account to take
 * the fee from, and stays empty.
 */
class SignatureCheck {
  private constructor(private readonly empty: Mina.LocalBlockchain) {}

  static async create(): Promise<SignatureCheck> {
    return new SignatureCheck(await Mina.LocalBlockchain({ proofsEnabled: false }));
  }

  /** @throws CommandRefused `INVALID_SIGNATURE`, `MALFORMED` */
  check(command: Command): void {
    try {
      this.empty.applyJsonTransaction(command.json);
    } catch (error) {
      const message = error instanceof Error ? error.message : undefined;
      if (message?.includes('Amount_insufficient_to_create_account') === true) return;
      if (message?.startsWith('Check signature: ') === true)
        throw new CommandRefused(
          'INVALID_SIGNATURE',
          `Invalid_signature: ${message.slice('Check signature: '.length)}; sign the final command, the fee payer last.`
        );
      throw new CommandRefused('MALFORMED', `not a zkApp command: ${message ?? 'unreadable'}.`, {
        cause: error,
      });
    }
    throw new CommandRefused('MALFORMED', 'the command moves no fee.');
  }
}

/**
 * Every proof against the key its account will have, and every new key against its own hash. A key
 * set earlier in the same command counts for later updates, as in Mina's
 * `Zkapp_command.Verifiable.create`.
 * @throws CommandRefused `INVALID_PROOF`, `INVALID_VERIFICATION_KEY`
 */
async function checkKeysAndProofs(
  { body }: Command,
  keyOf: KeyLookup,
  { proofsEnabled }: { proofsEnabled: boolean }
): Promise<void> {
  const accountUpdates = body.accountUpdates.map((update) => AccountUpdate.fromJSON(update));
  const set = new Map<string, VerificationKeyJson>();
  for (const [i, update] of body.accountUpdates.entries()) {
    const { publicKey, tokenId } = update.body;
    const account = `${publicKey} ${tokenId}`;
    if (update.body.authorizationKind.isProved) {
      const key = set.get(account) ?? keyOf({ publicKey, tokenId });
      checkKeyHash(update, i, key);
      if (proofsEnabled) {
        const input = ZkappPublicInput.toFields(
          accountUpdates[i]!.toPublicInput({ accountUpdates })
        );
        await checkProof(update.authorization.proof!, input, key, i);
      }
    }
    const fresh = update.body.update.verificationKey;
    if (fresh) {
      await checkKey(fresh, i);
      set.set(account, fresh);
    }
  }
}

function checkKeyHash(
  update: UpdateJson,
  i: number,
  key: VerificationKeyJson | undefined
): asserts key {
  const address = PublicKey.fromBase58(update.body.publicKey).toBase58();
  if (key === undefined)
    throw new CommandRefused(
      'INVALID_PROOF',
      `account update ${i} has a proof but ${address} has no verification key; deploy the contract first.`
    );
  if (key.hash !== update.body.authorizationKind.verificationKeyHash)
    throw new CommandRefused(
      'INVALID_PROOF',
      `account update ${i} was proven for verification key ${update.body.authorizationKind.verificationKeyHash}, ` +
        `${address} has ${key.hash}; compile the contract that stands there.`
    );
}

async function checkProof(
  proof: string,
  publicInput: Field[],
  key: VerificationKeyJson,
  i: number
): Promise<void> {
  let valid = false;
  let cause: unknown;
  try {
    valid = await verify(
      {
        maxProofsVerified: 2,
        proof,
        publicInput: publicInput.map((field) => field.toString()),
        publicOutput: [],
      },
      key.data
    );
  } catch (error) {
    cause = error;
  }
  if (!valid)
    throw new CommandRefused(
      'INVALID_PROOF',
      `Invalid_proof: the proof of account update ${i} does not fit it; prove the command as it is sent.`,
      { cause }
    );
}

async function checkKey(key: VerificationKeyJson, i: number): Promise<void> {
  let consistent = false;
  let cause: unknown;
  try {
    consistent = await VerificationKey.checkValidity(
      new VerificationKey({ data: key.data, hash: Field(key.hash) })
    );
  } catch (error) {
    cause = error;
  }
  if (!consistent)
    throw new CommandRefused(
      'INVALID_VERIFICATION_KEY',
      `account update ${i} sets a verification key whose hash is not ${key.hash}; take both from compile().`,
      { cause }
    );
}
