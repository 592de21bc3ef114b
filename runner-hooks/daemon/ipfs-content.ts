import type { IpfsNode } from '../../ipfs/node.ts';
import { digestOf, publishDirectory } from '../../ipfs/publish.ts';
import type { Content } from './content.ts';

export { contentOn };

/** More than any job's limits allow: what a job may publish, its driver has already held it to. */
const LIMITS = { files: 100_000, bytes: 2 ** 41, depth: 40 } as const;

const PIN_LIMITS = {
  ...{ blocks: 4_000_000, bytes: LIMITS.bytes, entries: LIMITS.files, depth: LIMITS.depth },
  milliseconds: 6 * 3_600_000,
} as const;

/** The daemon's view of its IPFS node. What it stores there is pinned. */
const contentOn = ({
  store,
  source,
  pins,
}: Pick<IpfsNode, 'store' | 'source' | 'pins'>): Content => ({
  // A plain array, since a Buffer's `slice` shares its memory.
  get: async (cid, options) => Uint8Array.from(await source.get(cid, options)),
  put: (cid, bytes, options) =>
    pins.hold(async () => {
      await store.put(cid, bytes, options);
      await pins.pin(cid, options);
    }),
  publish: (folder, options) =>
    pins.hold(async () => {
      const { cid } = await publishDirectory(folder, store, { ...options, limits: LIMITS });
      await pins.pin(cid, { ...options, limits: PIN_LIMITS });
      return cid;
    }),
  rootOf: async (folder, options) => (await digestOf(folder, { ...options, limits: LIMITS })).cid,
});
