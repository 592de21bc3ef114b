export { PROFILE, MAX_BLOCK_BYTES };

/**
 * What any peer may send us as one block: the limit of bitswap and of every gateway.
 * @see https://specs.ipfs.tech/bitswap-protocol/#block-sizes
 */
const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/**
 * How files become blocks, in every import of this project. It is `unixfs-v1-2025`, which Kubo
 * offers under the same name, so that anyone can compute our CIDs again with another tool.
 * No mode and no modification time are kept: they differ between machines.
 * @see https://specs.ipfs.tech/ipips/ipip-0499/
 */
const PROFILE = {
  name: 'unixfs-v1-2025',
  cidVersion: 1,
  rawLeaves: true,
  chunkBytes: 1024 * 1024,
  layout: 'balanced',
  maxChildren: 1024,
  /** A directory whose block would be larger is sharded (HAMT, 8 bits a level). */
  shardAboveBytes: 256 * 1024,
  shardFanout: 256,
} as const;
