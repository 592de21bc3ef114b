import { readAccount } from '../contracts/chain/account.ts';
import { readTip } from '../contracts/chain/block.ts';
import { checkService } from '../contracts/chain/check-service.ts';
import { ChainError } from '../contracts/chain/error.ts';
import type { Graphql } from '../contracts/chain/graphql.ts';
import { ROTATION_WINDOW, type Rotation, readRotations } from '../contracts/chain/rotations.ts';
import { equalBytes, fromHex, toHex } from '../contracts/formats/bytes.ts';
import { rawCidOf } from '../contracts/formats/cid.ts';
import { type Keyset, parseKeyset } from '../contracts/formats/keyset.ts';
import type { ServiceState } from '../contracts/formats/service-state.ts';
import { keyHash } from '../contracts/formats/terms.ts';
import { IpfsError } from '../ipfs/error.ts';
import type { Requester, Stepwise } from './requester.ts';

export { type KeyLog, type KeyEpoch, readKeyLog };

/** One epoch of a service's keys. */
interface KeyEpoch {
  readonly epoch: number;
  /** SHA-256 of the keyset block. */
  readonly digest: Uint8Array;
  /** See `keyHash`. */
  readonly runner: bigint;
  /** Absent where nobody has the block any more. */
  readonly keyset?: Keyset;
  /**
   * `chain`: it follows from the one digest that the account holds, each keyset naming the one before.
   * `archive`: nothing but the archive's word, of keysets that do not name theirs.
   */
  readonly known: 'chain' | 'archive';
  /** When it began, as the archive says. Absent for the first, which no call began, and where it does not know. */
  readonly since?: Pick<Rotation, 'height' | 'block' | 'slot' | 'time' | 'transaction'>;
}

interface KeyLog {
  readonly service: string;
  /** Who began every epoch: no method changes the owner. See `keyHash`. */
  readonly owner: bigint;
  readonly paused: boolean;
  /** Newest first. */
  readonly epochs: readonly KeyEpoch[];
  /** When it was paused and opened again, newest first. The archive's word. */
  readonly pauses: readonly Rotation[];
}

/** Half a million blocks, about two years and a half. */
const MOST_WINDOWS = 50;
/** Whoever publishes a service chooses its first epoch, and may have made up any number before it. */
const MOST_KEYSETS = 1_000;

/**
 * Who held which keys of a service from when on. What the keys are follows from the account alone: it
 * holds the digest of the present keyset, and each names the one before. An archive adds when. So it
 * needs no field and no method of the contract besides those that there are.
 *
 * @throws AccountRefused; IpfsError where the present keyset cannot be had
 * @throws ChainError `ARCHIVE_MISMATCH` for an archive that contradicts the account
 */
async function readKeyLog(
  requester: Pick<Requester, 'node' | 'blocks' | 'pinned'>,
  archive: Graphql,
  service: string,
  options: Stepwise & { readonly owner?: string } = {}
): Promise<KeyLog> {
  const { signal, owner } = options;
  const account = await readAccount(requester.node, service, { signal });
  const state = checkService(account, service, {
    verificationKeyHash: requester.pinned.Service.hash,
    mayBePaused: true,
    ...(owner === undefined ? {} : { owner }),
  });
  const chain = await followKeysets(requester, state, options);
  const { height } = await readTip(requester.node, { signal });
  const events = await readBack(archive, service, { height, signal });
  return {
    service,
    owner: state.owner,
    paused: state.paused,
    epochs: [...chain.map((entry) => dated(entry, events)), ...older(events, chain.at(-1)!.epoch)],
    pauses: pausesOf(events),
  };
}

/** From the account's digest back for as long as each names the one before. */
async function followKeysets(
  { blocks }: Pick<Requester, 'blocks'>,
  { keyset: digest, epoch, runner }: ServiceState,
  { signal, onProgress }: Stepwise
): Promise<readonly [KeyEpoch, ...KeyEpoch[]]> {
  const known = 'chain';
  const present = parseKeyset(await blocks.get(rawCidOf(digest), { signal }));
  assertEpoch(present, epoch);
  const chain: [KeyEpoch, ...KeyEpoch[]] = [{ epoch, digest, runner, keyset: present, known }];
  let before = present.previous;
  for (let at = epoch - 1; before !== undefined && chain.length < MOST_KEYSETS; at--) {
    await onProgress?.({ stage: 'reading', words: `reading the keyset of epoch ${at}` });
    const digest = fromHex(before, 32);
    const keyset = await blocks.get(rawCidOf(digest), { signal }).then(parseKeyset, absent);
    if (keyset === undefined) break;
    assertEpoch(keyset, at);
    chain.push({ epoch: at, digest, runner: keyHash(keyset.runner), keyset, known });
    before = keyset.previous;
  }
  return chain;
}

function absent(error: unknown): undefined {
  if (error instanceof IpfsError) return undefined;
  throw error;
}

function assertEpoch(keyset: Keyset, epoch: number): void {
  if (keyset.epoch !== epoch)
    throw new ChainError(
      'INVALID',
      `a keyset of epoch ${keyset.epoch} stands where that of epoch ${epoch} has to be; ask the service's owner`
    );
}

/** Newest first, from the tip to the chain's beginning. */
async function readBack(
  archive: Graphql,
  service: string,
  { height, signal }: { readonly height: number; readonly signal: AbortSignal | undefined }
): Promise<readonly Rotation[]> {
  const events: Rotation[] = [];
  for (let to = height + 1, windows = 0; to > 1 && windows < MOST_WINDOWS; windows++) {
    const from = Math.max(1, to - ROTATION_WINDOW);
    events.push(...[...(await readRotations(archive, service, { from, to, signal }))].reverse());
    to = from;
  }
  return events;
}

/** The event that began an epoch: its first, as a pause repeats the epoch that it falls into. */
const beginning = (events: readonly Rotation[], epoch: number): Rotation | undefined =>
  events.findLast((event) => event.epoch === epoch);

function dated(entry: KeyEpoch, events: readonly Rotation[]): KeyEpoch {
  const event = beginning(events, entry.epoch);
  if (event === undefined) return entry;
  if (!equalBytes(event.keyset, entry.digest) || event.runner !== entry.runner)
    throw new ChainError(
      'ARCHIVE_MISMATCH',
      `the archive has another keyset for epoch ${entry.epoch} than ${toHex(entry.digest)}; use another archive`
    );
  // Of the first epoch there may only be pauses, and they did not begin it.
  const isBegun = events.some(({ epoch }) => epoch < entry.epoch) || entry.keyset?.previous;
  return isBegun ? { ...entry, since: since(event) } : entry;
}

/** Epochs before the oldest keyset that is named. */
const older = (events: readonly Rotation[], first: number): readonly KeyEpoch[] =>
  [...new Set(events.map(({ epoch }) => epoch))]
    .filter((epoch) => epoch < first)
    .map((epoch) => {
      const event = beginning(events, epoch)!;
      const { keyset: digest, runner } = event;
      return { epoch, digest, runner, known: 'archive', since: since(event) };
    });

const since = ({ height, block, slot, time, transaction }: Rotation) => ({
  ...{ height, block, slot, time, transaction },
});

/** Events that changed nothing but the flag. */
const pausesOf = (events: readonly Rotation[]): readonly Rotation[] =>
  events.filter(({ epoch, paused }, i) => {
    const before = events[i + 1];
    return before === undefined ? paused : before.epoch === epoch && before.paused !== paused;
  });
