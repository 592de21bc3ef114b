export { CONTRACT_ERROR };

/** Every sentence that a contract may fail with; tests assert them by key. */
const CONTRACT_ERROR = {
  wrongTerms: 'Tab: these are not the terms that the tab was opened with',
  wrongTab: 'Tab: the terms belong to another tab',
  wrongToken: 'Tab: the terms are for another token',
  wrongHead: 'Tab: the proof does not start at the settled head',
  wrongLog: 'Tab: the proof does not start at the settled log',
  wrongWindow: 'Tab: the proof does not start at the settled window',
  closed: 'Tab: the tab is closed',
  notTab: 'Tab: the account has another contract than this release’s tab',
  notLater: 'Tab: an extension has to move the expiry out, short of the last slot',
  badRequestSignature: 'Tab: not signed by the request key',
  badRunnerSignature: 'Tab: not signed by the runner',
  notOwner: 'Service: this is not the owner’s key',
} as const;
