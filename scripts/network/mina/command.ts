import { Transaction, Types } from 'o1js';
import { CommandRefused } from './errors.ts';

export { parseCommand, restoreCommand, nextNonce };
export type { Command, CommandJson, StoredCommand, UpdateJson };

type CommandJson = Types.Json.ZkappCommand;
type UpdateJson = CommandJson['accountUpdates'][number];

/** What the journal keeps of a command. */
interface StoredCommand {
  readonly hash: string;
  /** The canonical form. */
  readonly json: string;
}

/** A zkApp command in its one canonical JSON form. */
interface Command extends StoredCommand {
  /** What `transactionStatus` takes, as from `sendZkapp`: base 64 of the canonical JSON. */
  readonly id: string;
  readonly body: CommandJson;
}

/**
 * @param input a zkApp command as JSON; absent optional fields count as null.
 * @throws CommandRefused `MALFORMED`
 */
async function parseCommand(input: unknown): Promise<Command> {
  let json: string;
  try {
    const filled = withNulls(input as CommandJson);
    json = JSON.stringify(Types.ZkappCommand.toJSON(Types.ZkappCommand.fromJSON(filled)));
  } catch (cause) {
    throw new CommandRefused('MALFORMED', `not a zkApp command: ${messageOf(cause)}.`, { cause });
  }
  try {
    return restoreCommand({ hash: await Transaction.hash(json), json });
  } catch (cause) {
    throw new CommandRefused('MALFORMED', `not a zkApp command: ${messageOf(cause)}.`, { cause });
  }
}

function restoreCommand({ hash, json }: StoredCommand): Command {
  const id = Buffer.from(json).toString('base64');
  return { hash, id, json, body: JSON.parse(json) as CommandJson };
}

/** The fee payer's nonce after the command, had it succeeded (`target_nonce_on_success` in Mina). */
function nextNonce({ body }: Pick<Command, 'body'>): number {
  const { publicKey, nonce } = body.feePayer.body;
  const own = body.accountUpdates.filter(
    (update) =>
      update.body.incrementNonce &&
      update.body.publicKey === publicKey &&
      update.body.tokenId === MINA_TOKEN
  );
  return Number(nonce) + 1 + own.length;
}

const MINA_TOKEN = 'wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf';

/** GraphQL lets clients leave nullable fields out; o1js and OCaml want them there. */
function withNulls(command: CommandJson): CommandJson {
  const { feePayer, accountUpdates, memo } = command;
  return {
    memo,
    feePayer: {
      ...feePayer,
      body: { ...feePayer.body, validUntil: feePayer.body.validUntil ?? null },
    },
    accountUpdates: accountUpdates.map(({ authorization, body }) => ({
      authorization: {
        proof: authorization.proof ?? null,
        signature: authorization.signature ?? null,
      },
      body: {
        ...body,
        update: { ...NO_CHANGE, ...body.update },
        preconditions: {
          validWhile: body.preconditions.validWhile ?? null,
          account: { ...NO_ACCOUNT_PRECONDITION, ...body.preconditions.account },
          network: {
            ...NO_NETWORK_PRECONDITION,
            ...body.preconditions.network,
            stakingEpochData: epochData(body.preconditions.network.stakingEpochData),
            nextEpochData: epochData(body.preconditions.network.nextEpochData),
          },
        },
      },
    })),
  };
}

type NetworkPrecondition = UpdateJson['body']['preconditions']['network'];
type EpochPrecondition = NetworkPrecondition['stakingEpochData'];

const NO_CHANGE = {
  delegate: null,
  verificationKey: null,
  permissions: null,
  zkappUri: null,
  tokenSymbol: null,
  timing: null,
  votingFor: null,
};
const NO_ACCOUNT_PRECONDITION = {
  balance: null,
  nonce: null,
  receiptChainHash: null,
  delegate: null,
  actionState: null,
  provedState: null,
  isNew: null,
};
const NO_NETWORK_PRECONDITION = {
  snarkedLedgerHash: null,
  blockchainLength: null,
  minWindowDensity: null,
  totalCurrency: null,
  globalSlotSinceGenesis: null,
};

function epochData({ ledger, ...data }: EpochPrecondition): EpochPrecondition {
  return {
    seed: data.seed ?? null,
    startCheckpoint: data.startCheckpoint ?? null,
    lockCheckpoint: data.lockCheckpoint ?? null,
    epochLength: data.epochLength ?? null,
    ledger: { hash: ledger.hash ?? null, totalCurrency: ledger.totalCurrency ?? null },
  };
}

const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.slice(0, 300);
