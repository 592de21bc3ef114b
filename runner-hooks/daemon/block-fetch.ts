import { rawCidOf } from '../../contracts/formats/cid.ts';
import { FormatError } from '../../contracts/formats/error.ts';
import type { Context } from './context.ts';
import { Refusal, isFatal } from './error.ts';

export { fetchBlock, parsed };

/** One block by its digest, within the time for one. */
async function fetchBlock(context: Context, digest: Uint8Array): Promise<Uint8Array> {
  try {
    return await context.parts.content.get(rawCidOf(digest), {
      signal: context.within(context.policy.fetch),
    });
  } catch (cause) {
    if (isFatal(cause)) throw cause;
    context.stopping.signal.throwIfAborted();
    throw new Refusal('UNAVAILABLE', `the block ${String(rawCidOf(digest))} could not be fetched`, {
      cause,
    });
  }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new Refusal('FORMAT', cause.message, { cause });
  }
}
