export { type BlockSource, type BlockSink, verified, firstOf, keepingIn };

import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import { assertBlock } from './block.ts';
import { IpfsError } from './error.ts';

/** Where blocks come from: a local store, peers, gateways, or several of them in turn. */
interface BlockSource {
  /** The block's bytes, hashed and found right. @throws {IpfsError} */
  get(cid: CID, options?: Abortable): Promise<Uint8Array>;
  /** Says which blocks will be asked for next. A source that can fetch ahead does so. */
  hint?(cids: readonly CID[], options?: Abortable): void;
}

/** Where blocks go. A sink hashes what it is given before it keeps it. */
interface BlockSink {
  put(cid: CID, bytes: Uint8Array, options?: Abortable): Promise<void>;
}

/** Turns a reader that may lie or err into a source that cannot. */
const verified = (read: BlockSource['get']): BlockSource => ({
  async get(cid, options) {
    return assertBlock(cid, await read(cid, options));
  },
});

/**
 * Asks `sources` in order and answers with the first right block. The next one is asked when one
 * fails, or `patience` milliseconds after it was asked, so that a silent source costs a pause and a
 * lying one costs nothing but its turn.
 * @throws {IpfsError} `not-found` when every source says so, `unreachable` otherwise, `aborted`
 */
function firstOf(
  sources: readonly BlockSource[],
  { patience = Infinity }: { patience?: number } = {}
): BlockSource {
  return {
    get: (cid, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const losers = new AbortController();
        const failures: unknown[] = [];
        let next = 0;
        let timer: ReturnType<typeof setTimeout> | undefined;

        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          settle();
          losers.abort();
        };
        const onAbort = (): void =>
          finish(() =>
            reject(
              new IpfsError('aborted', `fetching ${String(cid)} was stopped by its caller`, {
                cause: signal?.reason,
              })
            )
          );
        const ask = (): void => {
          clearTimeout(timer);
          const source = sources[next++];
          if (source === undefined) {
            if (failures.length === sources.length) finish(() => reject(nobody(cid, failures)));
            return;
          }
          if (Number.isFinite(patience)) timer = setTimeout(ask, patience);
          source.get(cid, { signal: losers.signal }).then(
            (bytes) => finish(() => resolve(bytes)),
            (error: unknown) => {
              failures.push(error);
              if (!losers.signal.aborted) ask();
            }
          );
        };

        if (signal?.aborted) {
          onAbort();
          return;
        }
        signal?.addEventListener('abort', onAbort, { once: true });
        ask();
      }),
  };
}

function nobody(cid: CID, failures: readonly unknown[]): IpfsError {
  const cause = new AggregateError(failures);
  const none = failures.length === 1 ? 'the only source' : `none of ${failures.length} sources`;
  const [has, gave] = failures.length === 1 ? ['does not have', 'did not give'] : ['has', 'gave'];
  if (failures.every((failure) => IpfsError.is(failure, 'not-found')))
    return new IpfsError(
      'not-found',
      `${none} ${has} ${String(cid)}; ask its publisher to provide it again`,
      { cause }
    );
  const said = failures
    .map((failure) => (failure instanceof Error ? failure.message : String(failure)))
    .join('; ');
  return new IpfsError(
    'unreachable',
    `${none} ${gave} ${String(cid)} (${said}); add a gateway or a peer`,
    { cause }
  );
}

/** A source that puts into `sink` what it fetched, so that it is asked for once. */
const keepingIn = (sink: BlockSink, source: BlockSource): BlockSource => ({
  async get(cid, options) {
    const bytes = await source.get(cid, options);
    await sink.put(cid, bytes, options);
    return bytes;
  },
});
