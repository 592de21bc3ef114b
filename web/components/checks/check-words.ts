import type { Finding, FindingId } from '../../../requester/verify.ts';
import type { ClaimId } from '../../../requester/log-claim.ts';

export { type CheckGroup, type CheckLine, CHECKS, groupOf };

type CheckGroup = 'tab' | 'service' | 'job';

/** A finding of `verify`, about a file that was brought (`car`), or about a proof made in the page. */
interface CheckLine {
  readonly id: FindingId | ClaimId | 'car';
  readonly ok: boolean;
  readonly detail: string;
}

/** What a check shows where it holds, in words for whoever has not read the specification. */
const CHECKS: Readonly<Record<CheckLine['id'], string>> = {
  car: 'The blocks of the file are what their CIDs say',
  log: 'The log can be read and is one history',
  note: 'The note is written as the specification says',
  object: 'Every git object hashes to its id',
  'tab-account': 'The tab is the pinned contract, locked, with these terms',
  line: 'The log is one unbroken line from the tab’s genesis',
  head: 'The head that the chain settled is in the log',
  'log-chain': 'The receipts up to it are those that the chain summed up',
  window: 'The job’s number is settled once, or can still be',
  spent: 'What the tab paid is the sum of the settled receipts',
  'service-account': 'The service is the pinned contract, locked',
  descriptor: 'The description is the block that the service’s account names',
  service: 'The order was for this service',
  source: 'The job ran at the source commit of the service',
  price: 'The order’s price is the service’s price',
  'runner-key': 'The receipt’s signer is the runner that the service names',
  commit: 'The git commit is exactly what the note makes',
  parent: 'The commit follows the one before',
  'receipt-block': 'The receipt is the block with this CID',
  result: 'The result is the block with this CID',
  outputs: 'The outputs are those that the receipt commits to',
  credentials: 'The secrets that it was given are bound to this service and tab',
  request: 'The receipt is for this request',
  sequence: 'Receipt and request have the same number',
  maximum: 'The order stayed below the tab’s cap',
  'request-signature': 'The requester signed the request',
  'runner-signature': 'The runner signed the receipt',
  terms: 'The order’s terms are those of the tab',
  execution: 'The job ran on the sealed envelope of the request',
  'task-clock': 'The phases’ CPU time adds up to the counter that is paid by',
  body: 'Counters, phases, exit status and amount are what the receipt commits to',
  amount: 'The amount follows from counter and price',
  proof: 'The proof verifies with this release’s circuit',
  'proof-terms': 'It is about the terms of this tab',
  'proof-start': 'It begins at the tab’s genesis',
  'proof-head': 'It ends at the head that the chain holds',
  'proof-log': 'Its receipts are those that the chain summed up',
  'proof-window': 'Its jobs’ numbers are those that the chain has settled',
  'proof-total': 'It comes to what the tab has paid',
};

/** Checks of a service; all others without a number are of the tab and its log. */
const OF_SERVICE: readonly FindingId[] = ['service-account', 'descriptor'];

const groupOf = ({ id, sequence }: Pick<Finding, 'id' | 'sequence'>): CheckGroup =>
  sequence !== undefined ? 'job' : OF_SERVICE.includes(id) ? 'service' : 'tab';
