import * as v from 'valibot';
import { PROTOCOL } from '../formats/protocol.ts';
import type { Command } from './command.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { uint } from './schema.ts';

export { minimumFee, suggestFee };

const DOCUMENT = `query Fees {
  pooledZkappCommands { zkappCommand { feePayer { body { fee } } } }
}`;
const FeesSchema = v.object({
  pooledZkappCommands: v.array(
    v.object({
      zkappCommand: v.object({ feePayer: v.object({ body: v.object({ fee: uint(64) }) }) }),
    })
  ),
});

/** Nanomina below which nodes refuse, by the number of account updates and the fee payer. */
const minimumFee = ({ accountUpdates }: Pick<Command, 'accountUpdates'>): bigint =>
  PROTOCOL.minimumFeePerUpdate * BigInt(accountUpdates.length + 1);

/**
 * A fee in nanomina that gets into the next block: ten times the least, and where more commands wait
 * than fit, a little above the last one that fits. Never above `most`: full pools are cheap to fake.
 */
async function suggestFee(
  node: Graphql,
  command: Pick<Command, 'accountUpdates'>,
  { most = 1_000_000_000n, signal }: QueryOptions & { readonly most?: bigint } = {}
): Promise<bigint> {
  const { pooledZkappCommands } = await node.query(DOCUMENT, {}, FeesSchema, { signal });
  const fees = pooledZkappCommands.map(({ zkappCommand }) => zkappCommand.feePayer.body.fee);
  const lastThatFits = fees.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))[
    PROTOCOL.blockCapacity - 1
  ];
  const calm = 10n * minimumFee(command);
  const busy = lastThatFits === undefined ? 0n : lastThatFits + PROTOCOL.minimumFeePerUpdate;
  const fee = calm > busy ? calm : busy;
  return fee < most ? fee : most;
}
