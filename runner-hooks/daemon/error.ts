export { DaemonError, type DaemonCode, Refusal, type RefusalCode, isFatal };

import { JournalError } from '../journal/error.ts';

/** Why the daemon cannot go on, or a part of it cannot. */
type DaemonCode =
  | 'WRONG_NETWORK' // the node answers for another network than the one configured
  | 'NOT_OURS' // a configured service names another runner key or payee
  | 'RESULT_LOST' // a result that ran was removed before it was published
  | 'UNMEASURED' // the driver did not count what a job is paid by
  | 'CREDENTIAL' // a trigger token that is not for this service and host, or out of time
  | 'LISTEN'; // the address for hand-overs is taken

class DaemonError extends Error {
  override readonly name = 'DaemonError';

  constructor(
    readonly code: DaemonCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

/** Why a request, extension or closing is not carried out. Closed; shown to its requester. */
type RefusalCode =
  | 'UNAVAILABLE' // the block could not be fetched
  | 'FORMAT'
  | 'MISMATCH' // the block is not of the tab or service that was rung for
  | 'SERVICE' // not one of ours, or its account is not what it should be
  | 'PAUSED'
  | 'PRICE'
  | 'TOKEN'
  | 'NO_TAB'
  | 'TAB' // a look-alike (C4)
  | 'NETWORK'
  | 'SIGNATURE'
  | 'OUTDATED' // past the last slot at which it may be accepted
  | 'SEQUENCE'
  | 'CAP'
  | 'FUNDS'
  | 'EXPIRY' // the tab ends too early
  | 'PAYEE'
  | 'PAYEE_ACCOUNT' // nobody could be paid there (C9)
  | 'ENVELOPE'
  | 'MOVED' // the envelope was sealed for another request (K3)
  | 'CREDENTIAL' // a secret of the vault that is another's, another one, or out of time (K3)
  | 'PARAMETERS'
  | 'ATTEMPTS' // it never came to an end on this machine
  | 'CLOSING' // the tab is being closed
  | 'HEAD' // a closing at a commit that the log does not have
  | 'UNSETTLED' // a closing that would cut off accepted work
  | 'HORIZON'; // an extension further out than this provider plans

class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

const DISK_FAILURES = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];

/** What cannot be written down must not be done: such a failure stops the daemon (R3). */
function isFatal(error: unknown): boolean {
  if (error instanceof JournalError) return true;
  if (!(error instanceof Error)) return false;
  if (DISK_FAILURES.includes((error as NodeJS.ErrnoException).code ?? '')) return true;
  return error.cause !== undefined && isFatal(error.cause);
}
