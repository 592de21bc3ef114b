import * as v from 'valibot';
import { PROTOCOL } from '../formats/protocol.ts';
import type { Block } from './block.ts';
import type { Command } from './command.ts';
import { type ChainCode, ChainError } from './error.ts';
import { type CommandStatus, type UpdateFailure, findCommand } from './find-command.ts';
import { type Graphql, type QueryOptions, pause } from './graphql.ts';
import { base58 } from './schema.ts';

export { type Inclusion, type WaitOptions, submitCommand, waitForInclusion, sendCommand };

/** How a command ended. */
type Inclusion =
  | { readonly kind: 'included'; readonly hash: string; readonly block: Block }
  /** Included without effect: the fee is gone and the nonce used. Build another. */
  | {
      readonly kind: 'failed';
      readonly hash: string;
      readonly block: Block;
      readonly failures: readonly UpdateFailure[];
    }
  /** Its nonce is used and it is in no block of the last {@link PROTOCOL.finality}: another command took it. */
  | { readonly kind: 'replaced'; readonly nonce: number }
  /** Gone from the pool with its nonce still free: sending the very same again is safe. */
  | { readonly kind: 'dropped' };

interface WaitOptions extends QueryOptions {
  /** Milliseconds between two looks. Default 20,000. */
  readonly interval?: number;
  /** Milliseconds until giving up with `TIMEOUT`. Default an hour. */
  readonly timeout?: number;
  /** Blocks that have to stand on top of it. Default 0. */
  readonly depth?: number;
  /** After every look. */
  readonly onProgress?: (status: CommandStatus) => void;
}

const DOCUMENT = `mutation Send($command: ZkappCommandInput!) {
  sendZkapp(input: { zkappCommand: $command }) { zkapp { hash } }
}`;
const SentSchema = v.object({ sendZkapp: v.object({ zkapp: v.object({ hash: base58 }) }) });

/**
 * Hands a signed command to the node's pool. The very same may be handed over any number of times,
 * before and after its inclusion: its nonce makes it happen once.
 *
 * @returns the transaction's hash
 * @throws ChainError `REFUSED`, `NONCE`, `UNFUNDED`, `FEE`, `EXPIRED`, `POOL_FULL`, or as any query
 */
async function submitCommand(
  node: Graphql,
  command: Command,
  { signal }: QueryOptions = {}
): Promise<string> {
  try {
    const { sendZkapp } = await node.query(DOCUMENT, { command }, SentSchema, { signal });
    return sendZkapp.zkapp.hash;
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'QUERY_FAILED') throw error;
    // A duplicate, and a nonce that we have used ourselves, are how a retry of a sent command looks.
    const status = await findCommand(node, command, { lookback: PROTOCOL.finality, signal });
    if (status.kind !== 'absent') return status.hash;
    throw refusal(error);
  }
}

/** @throws ChainError `TIMEOUT`, or as any query */
async function waitForInclusion(
  node: Graphql,
  command: Command,
  options: WaitOptions = {}
): Promise<Inclusion> {
  const { interval = 20_000, timeout = 3_600_000, depth = 0, signal, onProgress } = options;
  const nonce = Number(command.feePayer.body.nonce);
  const end = Date.now() + timeout;
  let wasAbsent = false;
  for (;;) {
    // Far back only where near is not enough: after a long time away.
    let status = await findCommand(node, command, { signal });
    if (status.kind === 'absent' && status.nonce > nonce)
      status = await findCommand(node, command, { lookback: PROTOCOL.finality, signal });
    onProgress?.(status);
    if (status.kind === 'included' && status.depth >= depth) return inclusion(status);
    if (status.kind === 'absent' && status.nonce > nonce) return { kind: 'replaced', nonce };
    // One look may fall between a reorganisation and the pool's taking the command back.
    if (status.kind === 'absent' && wasAbsent) return { kind: 'dropped' };
    wasAbsent = status.kind === 'absent';
    if (Date.now() + interval > end)
      throw new ChainError(
        'TIMEOUT',
        `the transaction is ${status.kind} after ${timeout} ms; wait on, it may still be included`
      );
    await pause(interval, signal);
  }
}

/**
 * Submits and waits; submits the very same again where it was dropped.
 *
 * @param resubmissions how often, default 3
 */
async function sendCommand(
  node: Graphql,
  command: Command,
  options: WaitOptions & { readonly resubmissions?: number } = {}
): Promise<Inclusion> {
  const { resubmissions = 3, ...wait } = options;
  for (let left = resubmissions; ; left--) {
    await submitCommand(node, command, wait);
    const outcome = await waitForInclusion(node, command, wait);
    if (outcome.kind !== 'dropped' || left === 0) return outcome;
  }
}

const inclusion = ({
  hash,
  block,
  failures,
}: Extract<CommandStatus, { kind: 'included' }>): Inclusion =>
  failures.length === 0
    ? { kind: 'included', hash, block }
    : { kind: 'failed', hash, block, failures };

/** What nodes write, by `Diff_error` of MinaProtocol/mina's transaction pool. */
const REFUSALS: readonly (readonly [RegExp, ChainCode, string])[] = [
  [/invalid[_ ]nonce/i, 'NONCE', 'read the nonce again and sign anew'],
  [/insufficient[_ ](replace[_ ])?fee/i, 'FEE', 'raise the fee'],
  [/insufficient[_ ]funds|fee[_ ]payer[_ ]account[_ ]not[_ ]found/i, 'UNFUNDED', 'fund the payer'],
  [/expired/i, 'EXPIRED', 'sign anew with a later last slot'],
  [/overloaded|pool[_ ]full/i, 'POOL_FULL', 'send it again later'],
];

function refusal(cause: ChainError): ChainError {
  const [, code, advice] = REFUSALS.find(([pattern]) => pattern.test(cause.message)) ?? [
    undefined,
    'REFUSED' as const,
    'build the transaction anew',
  ];
  return new ChainError(code, `the node refused it (${cause.message}); ${advice}`, { cause });
}
