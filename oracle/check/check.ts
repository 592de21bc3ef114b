export { type Check, type CheckId, checked, compared };

import { OracleError } from '../error.ts';

/** Closed: what is checked of an entry and of a log. `SPEC.md` says what each of them means. */
type CheckId =
  | 'receipt-block'
  | 'commit'
  | 'parent'
  | 'request'
  | 'request-signature'
  | 'runner-signature'
  | 'terms'
  | 'maximum'
  | 'descriptor'
  | 'source'
  | 'price'
  | 'service'
  | 'runner-key'
  | 'execution'
  | 'task-clock'
  | 'body'
  | 'amount'
  | 'result'
  | 'sequence'
  | 'line'
  | 'head'
  | 'log-chain'
  | 'window'
  | 'spent';

/** One thing that was compared: a line of `runproof verify`. */
interface Check {
  readonly id: CheckId;
  readonly ok: boolean;
  /** One sentence: what was held against what. */
  readonly detail: string;
}

/** Says `what` where `value` is as `expected`, and both where it is not. */
function compared(
  id: CheckId,
  what: string,
  value: string | number | bigint,
  expected: string | number | bigint
): Check {
  const ok = value === expected;
  return { id, ok, detail: ok ? `${what}: ${value}` : `${what}: ${value}, expected ${expected}` };
}

/** Runs a check that may find bytes that do not even parse: that is a failed check, not an error. */
function checked(id: CheckId, run: () => Check): Check {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof OracleError) throw cause;
    return { id, ok: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}
