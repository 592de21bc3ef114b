export { RequesterError, type RequesterCode };

/** Closed: why a requester's wish cannot be met, beyond what chain, IPFS, git and formats say. */
type RequesterCode =
  | 'UPLOAD' // blocks cannot be put where others find them
  | 'TAB_FILE' // a tab's keys: absent, readable by others, or not ours
  | 'JOB_FILE'
  | 'EXISTS' // a file or keys that would be overwritten
  | 'KEYSET' // not the keyset that the service would need next, or one whose time is over
  | 'CREDENTIAL' // a secret of the vault that no job may be given, or of which it cannot be proven
  | 'UNPAYABLE' // what the tab has free does not cover it
  | 'CAP' // above what one job of the tab may cost
  | 'ENDED' // the tab is closed or expired
  | 'NOT_ENDED' // a refund before the tab's end
  | 'ENDPOINT' // the provider does not take requests by hand just now
  | 'PEER' // the provider's own nodes do not answer, or fetch nothing
  | 'REFUSED' // the provider said no, and why
  | 'NO_EFFECT' // a transaction that was included in vain, or never
  | 'WALLET' // a wallet that signed something else than it was asked to
  | 'NOT_FOUND'
  | 'SEALED' // a result for somebody else
  | 'TIMEOUT';

class RequesterError extends Error {
  override readonly name = 'RequesterError';

  constructor(
    readonly code: RequesterCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
