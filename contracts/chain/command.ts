import type Client from 'mina-signer';
import { parseKey } from '../formats/key.ts';
import { assertUint } from '../formats/bytes.ts';
import type { Permissions } from '../formats/permissions.ts';
import { PROTOCOL } from '../formats/protocol.ts';
import { MINA_TOKEN } from '../formats/terms.ts';
import { encodeMemo, encodeTokenId } from './base58check.ts';
import { ChainError } from './error.ts';

export {
  type Command,
  type AccountUpdate,
  type Draft,
  type FeePayer,
  type UpdateSpec,
  accountUpdate,
  draft,
  commandCost,
};

/** A zkApp command as GraphQL, o1js and mina-signer write it. */
type Command = Parameters<Client['signZkappCommand']>[0]['zkappCommand'];
type AccountUpdate = Command['accountUpdates'][number];

/** A command that nobody has signed yet, fit to hand to a wallet. */
interface Draft {
  readonly command: Command;
  /** Whose signatures it needs, the fee payer's last: see `signCommand`. */
  readonly signers: readonly string[];
}

interface FeePayer {
  readonly publicKey: string;
  /** Nanomina. */
  readonly fee: bigint;
  readonly nonce: number;
  /** Last slot at which a block may include it; none by default. */
  readonly validUntil?: number | undefined;
}

/** What an account update changes; everything else stays. */
interface UpdateSpec {
  readonly authorization: 'none' | 'signature';
  /** Nanomina; negative takes them from the account. */
  readonly balanceChange?: bigint;
  readonly state?: readonly bigint[];
  readonly verificationKey?: { readonly data: string; readonly hash: bigint };
  readonly permissions?: Permissions;
  readonly actions?: readonly (readonly bigint[])[];
  /** Holds only if the account does not exist yet; signed, it takes the account's nonce 0. */
  readonly isNew?: true;
}

/** Stands where an update has no proof: `dummy_verification_key_hash` of the protocol. */
const NO_VERIFICATION_KEY =
  '3392518251768960475377392625298437850623664973002200885669375116181514017494';
const NOTHING_EMITTED: string[][] = [];

/**
 * One top-level account update on the native token. A signature is bound to the whole transaction,
 * fee payer and memo included, so that it can't be taken out and used again. That of an account which
 * comes into being is bound to all account updates instead, and to the nonce that an account has once:
 * so whoever pays may still choose fee, nonce and memo after it has signed, as people do in a wallet.
 * It can't be used for another transaction, as the update that pays is among those it is bound to.
 */
function accountUpdate(publicKey: string, spec: UpdateSpec): AccountUpdate {
  parseKey(publicKey);
  const isSigned = spec.authorization === 'signature';
  const takesNonce = isSigned && spec.isNew === true;
  const change = spec.balanceChange ?? 0n;
  const magnitude = assertUint(change < 0n ? -change : change, 64, 'balance change');
  const state = spec.state?.map(String) ?? Array<null>(PROTOCOL.stateFields).fill(null);
  return {
    body: {
      publicKey,
      tokenId: encodeTokenId(MINA_TOKEN),
      update: {
        appState: state,
        delegate: null,
        verificationKey:
          spec.verificationKey === undefined
            ? null
            : { data: spec.verificationKey.data, hash: String(spec.verificationKey.hash) },
        permissions: spec.permissions === undefined ? null : structuredClone(spec.permissions),
        zkappUri: null,
        tokenSymbol: null,
        timing: null,
        votingFor: null,
      },
      balanceChange: { magnitude: String(magnitude), sgn: change < 0n ? 'Negative' : 'Positive' },
      incrementNonce: takesNonce,
      events: NOTHING_EMITTED,
      actions: spec.actions?.map((action) => action.map(String)) ?? NOTHING_EMITTED,
      callData: '0',
      callDepth: 0,
      preconditions: preconditions(spec.isNew ?? null, takesNonce),
      useFullCommitment: isSigned && !takesNonce,
      implicitAccountCreationFee: false,
      mayUseToken: { parentsOwnToken: false, inheritFromParent: false },
      authorizationKind: { isSigned, isProved: false, verificationKeyHash: NO_VERIFICATION_KEY },
    },
    authorization: { proof: null, signature: null },
  };
}

/**
 * Puts updates and a fee payer together and holds the whole against the protocol's limits.
 *
 * @param memo at most 32 ASCII characters, public for ever
 * @throws ChainError `LIMIT`
 */
function draft(
  { publicKey, fee, nonce, validUntil }: FeePayer,
  accountUpdates: readonly AccountUpdate[],
  memo = ''
): Draft {
  parseKey(publicKey);
  const command: Command = {
    feePayer: {
      body: {
        publicKey,
        fee: String(assertUint(fee, 64, 'fee')),
        validUntil:
          validUntil === undefined ? null : String(assertUint(BigInt(validUntil), 32, 'slot')),
        nonce: String(assertUint(BigInt(nonce), 32, 'nonce')),
      },
      authorization: '',
    },
    accountUpdates: [...accountUpdates],
    memo: encodeMemo(memo),
  };
  assertWithinLimits(command);
  const signing = accountUpdates.filter(({ body }) => body.authorizationKind.isSigned);
  const signers = new Set(signing.map(({ body }) => body.publicKey));
  signers.delete(publicKey);
  return { command, signers: [...signers, publicKey] };
}

/**
 * What the network pays to prove a command: neighbours without a proof are proven in pairs, the fee
 * payer being the first. `zkapp_command_segment` of MinaProtocol/mina.
 */
function commandCost({ accountUpdates }: Pick<Command, 'accountUpdates'>): number {
  const { proof, signedPair, signedSingle } = PROTOCOL.cost;
  let cost = 0;
  let open = true;
  for (const { body } of accountUpdates) {
    if (body.authorizationKind.isProved) {
      cost += proof + (open ? signedSingle : 0);
      open = false;
    } else {
      cost += open ? signedPair : 0;
      open = !open;
    }
  }
  return cost + (open ? signedSingle : 0);
}

function assertWithinLimits(command: Command): void {
  const cost = commandCost(command);
  if (cost >= PROTOCOL.cost.limit)
    throw new ChainError(
      'LIMIT',
      `${command.accountUpdates.length} account updates cost ${cost.toFixed(2)}, the limit is ${PROTOCOL.cost.limit}; split the transaction`
    );
  const elements = command.accountUpdates.flatMap(({ body }) => body.actions.flat()).length;
  if (elements > PROTOCOL.actionElements)
    throw new ChainError(
      'LIMIT',
      `${elements} field elements of actions, at most ${PROTOCOL.actionElements} fit; split the transaction`
    );
}

type Preconditions = AccountUpdate['body']['preconditions'];

const preconditions = (isNew: boolean | null, takesNonce: boolean): Preconditions => ({
  network: {
    snarkedLedgerHash: null,
    blockchainLength: null,
    minWindowDensity: null,
    totalCurrency: null,
    globalSlotSinceGenesis: null,
    stakingEpochData: anyEpoch(),
    nextEpochData: anyEpoch(),
  },
  account: {
    balance: null,
    nonce: takesNonce ? { lower: '0', upper: '0' } : null,
    receiptChainHash: null,
    delegate: null,
    state: Array<null>(PROTOCOL.stateFields).fill(null),
    actionState: null,
    provedState: null,
    isNew,
  },
  validWhile: null,
});

const anyEpoch = (): Preconditions['network']['nextEpochData'] => ({
  ledger: { hash: null, totalCurrency: null },
  seed: null,
  startCheckpoint: null,
  lockCheckpoint: null,
  epochLength: null,
});
