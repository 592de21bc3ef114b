import type { CID } from 'multiformats/cid';
import { resolvePath } from '../ipfs/directory.ts';
import { IpfsError } from '../ipfs/error.ts';
import type { BlockSource } from '../ipfs/source.ts';

export { SEALED_SUFFIX, isSealed };

/** Every file of a sealed result is an age file and says so by its name. */
const SEALED_SUFFIX = '.age';

/** Whether the directory is sealed, from its root alone. @throws IpfsError where it cannot be read */
async function isSealed(blocks: BlockSource, root: CID, signal?: AbortSignal): Promise<boolean> {
  try {
    await resolvePath(root, [`statement.json${SEALED_SUFFIX}`], blocks, { signal });
    return true;
  } catch (error) {
    // With a cause it is a block that nobody has, which says nothing of its names.
    if (IpfsError.is(error, 'not-found') && error.cause === undefined) return false;
    throw error;
  }
}
