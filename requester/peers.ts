import type { Keyset } from '../contracts/formats/keyset.ts';
import { IpfsError } from '../ipfs/error.ts';
import type { PeerLine as Line, LineOptions } from '../ipfs/line.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { assertUploads } from './upload.ts';

export { type Peers, type PeerLine, peersOver, onlyWay, openPeerLine };

/** A way to a provider's own nodes, for whoever may write to no other. */
interface Peers {
  /**
   * @param addresses multiaddresses of the keyset
   * @throws RequesterError `PEER` where none answers as who it should be
   */
  connect(
    addresses: readonly string[],
    options?: { readonly signal?: AbortSignal }
  ): Promise<PeerLine>;
}

/** Connected to at least one of them: what is offered on it they can fetch. */
interface PeerLine {
  offer(blocks: readonly Uint8Array[]): Promise<void>;
  /**
   * Resolves once all were fetched.
   *
   * @throws RequesterError `PEER` where they were not within two minutes
   */
  fetched(
    blocks: readonly Uint8Array[],
    options?: { readonly signal?: AbortSignal }
  ): Promise<void>;
  close(): Promise<void>;
}

/** A daemon looks into its inbox every ten seconds, and an archive shows it what is new some time later. */
const FETCHED_WITHIN = 120_000;

/**
 * @param load of `ipfs/line.ts`: libp2p is for those alone who need it
 * @param options.fetchedWithin milliseconds
 */
const peersOver = (
  load: () => Promise<{
    readonly openLine: (addresses: readonly string[], options: LineOptions) => Promise<Line>;
  }>,
  {
    fetchedWithin = FETCHED_WITHIN,
    ...lineOptions
  }: Omit<LineOptions, 'signal'> & { readonly fetchedWithin?: number } = {}
): Peers => ({
  async connect(addresses, { signal } = {}) {
    const { openLine } = await load();
    const line = await openLine(addresses, { ...lineOptions, signal }).catch(
      asPeer(signal, ({ message }) => `${message}.`)
    );
    return {
      offer: (blocks) => line.offer(blocks),
      fetched: (blocks, options = {}) =>
        line
          .fetched(blocks, { milliseconds: fetchedWithin, ...options })
          .catch(
            asPeer(options.signal, ({ code, message }) =>
              code === 'timeout'
                ? `the provider’s node has fetched nothing within ${fetchedWithin / 1_000} s; it is away or busy, so offer it again later.`
                : `${message}.`
            )
          ),
      close: () => line.close(),
    };
  },
});

const asPeer =
  (signal: AbortSignal | undefined, sentenceOf: (cause: IpfsError) => string) =>
  (cause: unknown): never => {
    signal?.throwIfAborted();
    if (!IpfsError.is(cause)) throw cause;
    throw new RequesterError('PEER', sentenceOf(cause), { cause });
  };

type Door = Pick<Keyset, 'endpoint' | 'peers'>;

/**
 * Where what is rung for can go to the provider's nodes alone, the line to them, opened before anything is
 * signed: a provider who cannot be reached costs nothing.
 *
 * @throws RequesterError `UPLOAD` where there is no way at all; `PEER`
 */
async function onlyWay(
  requester: Pick<Requester, 'uploads' | 'peers'>,
  door: Door,
  options: Stepwise
): Promise<PeerLine | undefined> {
  if (requester.uploads !== undefined || door.endpoint !== null) return undefined;
  return openPeerLine(requester, door, options);
}

/** @throws RequesterError `UPLOAD` where no node is named or none can be dialled at all; `PEER` */
async function openPeerLine(
  requester: Pick<Requester, 'uploads' | 'peers'>,
  { peers: addresses }: Pick<Door, 'peers'>,
  { signal, onProgress }: Stepwise
): Promise<PeerLine> {
  const { peers } = requester;
  if (peers === undefined || addresses.length === 0) assertUploads({});
  await onProgress?.({ stage: 'reading', words: 'connecting to the provider’s node' });
  return peers!.connect(addresses, signal === undefined ? {} : { signal });
}
