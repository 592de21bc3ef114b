import * as v from 'valibot';
import { MINA_TOKEN } from '../formats/terms.ts';
import { fromHalves } from '../formats/field.ts';
import { encodeTokenId } from './base58check.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { base58, field, uint } from './schema.ts';

export { type Rotation, ROTATION_WINDOW, readRotations };

/** What one call of a service's contract says that it did: `rotate`, or `setPaused` of the same epoch. */
interface Rotation {
  readonly epoch: number;
  readonly paused: boolean;
  /** See `keyHash`. */
  readonly runner: bigint;
  /** SHA-256 of the keyset block from then on. */
  readonly keyset: Uint8Array;
  readonly transaction: string;
  readonly height: number;
  /** State hash of the block. */
  readonly block: string;
  readonly slot: number;
  /** Unix milliseconds, as the block says. */
  readonly time: number;
}

/** Most blocks that an archive looks through for one answer. */
const ROTATION_WINDOW = 10_000;

const DOCUMENT = `query Events($input: EventFilterOptionsInput!) {
  events(input: $input) {
    blockInfo { height stateHash globalSlotSinceGenesis timestamp }
    eventData {
      accountUpdateId
      data
      transactionInfo { hash authorizationKind sequenceNumber zkappAccountUpdateIds }
    }
  }
}`;

const number = (bits: number) => v.pipe(uint(bits), v.transform(Number));
const RowsSchema = v.object({
  events: v.array(
    v.object({
      blockInfo: v.object({
        height: number(32),
        stateHash: base58,
        globalSlotSinceGenesis: number(32),
        timestamp: number(53),
      }),
      eventData: v.array(
        v.object({
          accountUpdateId: number(53),
          data: v.array(field),
          transactionInfo: v.object({
            hash: base58,
            authorizationKind: v.pipe(v.string(), v.maxLength(40)),
            sequenceNumber: number(53),
            zkappAccountUpdateIds: v.array(number(53)),
          }),
        })
      ),
    })
  ),
});
type Row = v.InferOutput<typeof RowsSchema>['events'][number];

/**
 * What an archive says that a service's contract emitted in blocks `from` to `to - 1`, oldest first.
 *
 * Anybody may emit for the account with no authorization at all, since it is an inbox: only what came with
 * a proof is the contract's, and a proof takes the owner's signature. Events are no part of a ledger, so even
 * that is the archive's word: hold it against the account and the keysets' chain.
 *
 * @param range at most {@link ROTATION_WINDOW} blocks
 * @throws ChainError
 */
async function readRotations(
  archive: Graphql,
  service: string,
  { from, to, signal }: QueryOptions & { readonly from: number; readonly to: number }
): Promise<readonly Rotation[]> {
  const input = { address: service, tokenId: encodeTokenId(MINA_TOKEN), from, to };
  const { events } = await archive.query(DOCUMENT, { input }, RowsSchema, { signal });
  return events
    .filter(({ blockInfo: { height } }) => height >= from && height < to)
    .sort((a, b) => a.blockInfo.height - b.blockInfo.height)
    .flatMap(rotationsOf);
}

function rotationsOf({ blockInfo, eventData }: Row): readonly Rotation[] {
  const place = ({ accountUpdateId, transactionInfo }: Row['eventData'][number]): number =>
    transactionInfo.zkappAccountUpdateIds.indexOf(accountUpdateId);
  return [...eventData]
    .sort(
      (a, b) =>
        a.transactionInfo.sequenceNumber - b.transactionInfo.sequenceNumber || place(a) - place(b)
    )
    .flatMap(({ data, transactionInfo }) => {
      const change = changeOf(data);
      if (transactionInfo.authorizationKind !== 'Proof' || change === undefined) return [];
      const { height, stateHash: block, globalSlotSinceGenesis: slot, timestamp: time } = blockInfo;
      return [{ ...change, transaction: transactionInfo.hash, height, block, slot, time }];
    });
}

/** `Rotated` of `zkapps/service.ts`: epoch, paused, runner, keyset in halves. */
function changeOf(
  data: readonly bigint[]
): Pick<Rotation, 'epoch' | 'paused' | 'runner' | 'keyset'> | undefined {
  if (data.length !== 5) return undefined;
  const [epoch, paused, runner, high, low] = data as [bigint, bigint, bigint, bigint, bigint];
  const isOurs = epoch >> 32n === 0n && paused <= 1n && high >> 128n === 0n && low >> 128n === 0n;
  if (!isOurs) return undefined;
  return {
    epoch: Number(epoch),
    paused: paused === 1n,
    runner,
    keyset: fromHalves(high, low),
  };
}
