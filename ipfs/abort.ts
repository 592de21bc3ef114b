export { type Abortable, withDeadline, asIpfsError };

import { deadline } from '../contracts/chain/deadline.ts';
import { IpfsError } from './error.ts';

type Abortable = { signal?: AbortSignal | undefined };

/**
 * Runs `work` with a signal that fires on the caller's abort or after `milliseconds`, and tells the
 * two apart: `aborted` is the caller's wish, `timeout` is a source that was too slow.
 */
async function withDeadline<T>(
  what: string,
  milliseconds: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const stop = deadline(milliseconds, caller);
  try {
    throwIfAborted(what, caller);
    return await work(stop.signal);
  } catch (cause) {
    throwIfAborted(what, caller, cause);
    if (stop.signal.aborted)
      throw new IpfsError(
        'timeout',
        `${what} took longer than ${milliseconds} ms; try again or allow more time`,
        { cause }
      );
    throw cause;
  } finally {
    stop.clear();
  }
}

function throwIfAborted(what: string, caller: AbortSignal | undefined, cause?: unknown): void {
  if (caller?.aborted)
    throw new IpfsError('aborted', `${what} was stopped by its caller`, {
      cause: cause ?? caller.reason,
    });
}

/** An {@link IpfsError} as it is, anything else under `code`. */
function asIpfsError(
  error: unknown,
  code: ConstructorParameters<typeof IpfsError>[0],
  message: string
): IpfsError {
  if (error instanceof IpfsError) return error;
  return new IpfsError(
    code,
    `${message}: ${error instanceof Error ? error.message : String(error)}`,
    {
      cause: error,
    }
  );
}
