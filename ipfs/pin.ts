export { Pins, type Pin };

import { setMaxListeners } from 'node:events';
import { Key, type Datastore } from 'interface-datastore';
import type { CID } from 'multiformats/cid';
import * as v from 'valibot';
import { parseCid } from '../contracts/formats/cid.ts';
import { type Abortable, withDeadline } from './abort.ts';
import { Budget, type Limits } from './budget.ts';
import { allowed } from './block.ts';
import { IpfsError } from './error.ts';
import { SharedLock } from './lock.ts';
import { type BlockSource, firstOf, keepingIn } from './source.ts';
import type { BlockStore } from './store.ts';
import { walkDag } from './walk.ts';

/** A DAG that stays on this machine until it is unpinned. */
type Pin = { root: CID; name: string; created: number };
type Records = Pick<Datastore, 'get' | 'put' | 'delete' | 'has' | 'query'>;

const PREFIX = '/runproof/pin/';
const Record = v.strictObject({ name: v.pipe(v.string(), v.maxLength(255)), created: v.number() });

/**
 * Pins by root, and a collection that marks what they reach and sweeps the rest. Helia's own pins
 * count references a block and miscount when two pinned DAGs share blocks, so that its collection
 * can delete what is pinned; nothing is counted here.
 */
class Pins {
  private readonly lock = new SharedLock();

  constructor(
    private readonly records: Records,
    private readonly store: BlockStore
  ) {}

  /** Runs `work` while nothing is collected: from the first block stored to the pin that holds it. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    return this.lock.shared(work);
  }

  /**
   * Brings the whole DAG under `root` to this machine, checks it, and keeps it. Pinning again is
   * a check, and repairs what the disk lost.
   * @param source asked for what is not here yet
   * @throws {IpfsError} `not-found`, `limit`, `timeout`, `aborted`, `malformed`
   */
  async pin(
    root: CID,
    {
      name = '',
      source,
      limits,
      signal,
      onProgress,
    }: Abortable & {
      name?: string;
      source?: BlockSource;
      limits?: Partial<Limits>;
      onProgress?: (spent: Readonly<Budget['spent']>) => void;
    } = {}
  ): Promise<Pin> {
    allowed(root);
    const here = source === undefined ? [] : [keepingIn(this.store, source)];
    const budget = new Budget(firstOf([this.store, ...here]), limits);
    return this.hold(() =>
      withDeadline(`pinning ${String(root)}`, budget.limits.milliseconds, signal, async (both) => {
        setMaxListeners(0, both); // blocks are fetched ahead, and each listens for the end
        const walk = walkDag(root, budget, { signal: both });
        while ((await walk.next()).done !== true) onProgress?.(budget.spent);
        const record = v.parse(Record, { name, created: Date.now() });
        await this.records.put(keyOf(root), new TextEncoder().encode(JSON.stringify(record)));
        return { root, ...record };
      })
    );
  }

  /** Forgets the pin; the blocks go with the next collection. @throws {IpfsError} `not-found` */
  async unpin(root: CID): Promise<void> {
    if (!(await this.isPinned(root)))
      throw new IpfsError('not-found', `${String(root)} is not pinned here`);
    await this.records.delete(keyOf(root));
  }

  async isPinned(root: CID): Promise<boolean> {
    return this.records.has(keyOf(root));
  }

  async *list(): AsyncGenerator<Pin> {
    for await (const { key, value } of this.records.query({ prefix: PREFIX })) {
      const record = v.parse(Record, JSON.parse(new TextDecoder().decode(value)));
      yield { root: parseCid(key.toString().slice(PREFIX.length)), ...record };
    }
  }

  /**
   * Deletes every block that no pin reaches. A pin that is not whole stops it before anything is
   * deleted, since what lies under the missing block can't be known.
   * @throws {IpfsError} `not-found`
   */
  async collect({ signal }: Abortable = {}): Promise<{ kept: number; deleted: number }> {
    return this.lock.exclusive(async () => {
      const marked = new Set<string>();
      for await (const { root } of this.list())
        for await (const { cid } of walkDag(root, this.store, { signal }))
          marked.add(digestKey(cid));
      let deleted = 0;
      for await (const cid of this.store.list()) {
        signal?.throwIfAborted();
        if (marked.has(digestKey(cid))) continue;
        await this.store.delete(cid);
        deleted += 1;
      }
      return { kept: marked.size, deleted };
    });
  }
}

const keyOf = (root: CID): Key => new Key(PREFIX + allowed(root).toString());
const digestKey = (cid: CID): string => Buffer.from(cid.multihash.digest).toString('base64');
