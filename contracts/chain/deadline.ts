export { type Deadline, deadline };

interface Deadline {
  /** Fires when time is up, with a `TimeoutError`, or with the caller's signal, with its reason. */
  readonly signal: AbortSignal;
  /** Lets go of timer and caller; the signal does not fire any more. */
  clear(): void;
}

/** What a timer can count; more would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * What `AbortSignal.any([caller, AbortSignal.timeout(milliseconds)])` promises. Node 20 keeps the time-out
 * of that only weakly: once it is collected as garbage nothing fires. The timer here holds all.
 */
function deadline(milliseconds: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = (reason: unknown): void => {
    clear();
    controller.abort(reason);
  };
  const onTime = (): void =>
    end(new DOMException(`it took longer than ${milliseconds} ms`, 'TimeoutError'));
  const onAbort = (): void => end(caller?.reason);
  const timer: unknown = setTimeout(onTime, Math.min(Math.max(milliseconds, 0), LONGEST));
  // As of AbortSignal.timeout: on Node, what nobody waits for keeps no process alive.
  (timer as { unref?: () => void }).unref?.();
  const clear = (): void => {
    clearTimeout(timer as number);
    caller?.removeEventListener('abort', onAbort);
  };
  if (caller?.aborted) onAbort();
  else caller?.addEventListener('abort', onAbort, { once: true });
  return { signal: controller.signal, clear };
}
