export { type Block, assertBlock, allowed };

import { equals } from 'multiformats/bytes';
import type { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { assertAllowed } from '../contracts/formats/cid.ts';
import { IpfsError } from './error.ts';
import { MAX_BLOCK_BYTES } from './profile.ts';

/** Bytes together with the name they hash to. */
type Block = { cid: CID; bytes: Uint8Array };

/** {@link assertAllowed} with this folder's error. @throws {IpfsError} `bad-cid` */
function allowed(cid: CID): CID {
  try {
    return assertAllowed(cid);
  } catch (cause) {
    throw new IpfsError('bad-cid', `${String(cid)} may not be used: ${String(cause)}`, { cause });
  }
}

/**
 * Returns `bytes` when they are the block called `cid`, whoever sent them.
 * @throws {IpfsError} `bad-cid`, `limit` (over 2 MiB), `wrong-bytes`
 */
async function assertBlock(cid: CID, bytes: Uint8Array): Promise<Uint8Array> {
  allowed(cid);
  if (bytes.length > MAX_BLOCK_BYTES)
    throw new IpfsError(
      'limit',
      `block ${String(cid)} has ${bytes.length} bytes, more than ${MAX_BLOCK_BYTES}; chunk the file and publish it again`
    );
  const { digest } = await sha256.digest(bytes);
  if (!equals(digest, cid.multihash.digest))
    throw new IpfsError(
      'wrong-bytes',
      `${bytes.length} bytes given for ${String(cid)} do not hash to it; ask another source`
    );
  return bytes;
}
