import { genesisId } from '../../contracts/formats/log-commit.ts';
import {
  type SignedClosing,
  type SignedExtension,
  closingCommitment,
  extensionCommitment,
  parseClosing,
  parseExtension,
} from '../../contracts/formats/order.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import { ACTIVE } from '../journal/job-state.ts';
import type { Order } from '../journal/order.ts';
import { readTab } from './admission.ts';
import { parsed } from './block-fetch.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';
import { Refusal } from './error.ts';

export { checkExtension, checkClosing, assertNothingCutOff };

/** @throws {Refusal} */
async function checkExtension(
  context: Context,
  order: Order,
  block: Uint8Array
): Promise<SignedExtension> {
  const extension = parsed(() => parseExtension(block));
  const { state } = await checkTerms(context, order, extension.terms);
  assertSigned(context, extensionCommitment(extension), extension);
  context.journal.tabs.keep(extension.terms, state.head, state.expiry);
  const slot = await context.parts.chain.slot({ signal: context.within(context.policy.fetch) });
  const { expiry } = extension;
  if (state.expiry < slot || expiry <= state.expiry)
    throw new Refusal(
      'EXPIRY',
      `the tab ends at slot ${state.expiry}, now is ${slot}, and ${expiry} was asked for; only an open tab is moved out`
    );
  if (expiry > slot + context.policy.horizon)
    throw new Refusal(
      'HORIZON',
      `slot ${expiry} lies further out than ${context.policy.horizon} slots from now; ask for less`
    );
  return extension;
}

/** @throws {Refusal} */
async function checkClosing(
  context: Context,
  order: Order,
  block: Uint8Array
): Promise<SignedClosing> {
  const closing = parsed(() => parseClosing(block));
  const { state } = await checkTerms(context, order, closing.terms);
  assertSigned(context, closingCommitment(closing), closing);
  context.journal.tabs.keep(closing.terms, state.head, state.expiry);
  if (state.expiry === 0) throw new Refusal('EXPIRY', 'the tab is closed already');
  assertNothingCutOff(context, closing, state.head);
  return closing;
}

/**
 * A closing ends the tab at its head, so all work that was accepted has to lie at or before it. Asked
 * again right before the runner signs.
 */
function assertNothingCutOff(
  { journal }: Context,
  { terms, head }: SignedClosing,
  settled: string
): void {
  const { tab } = terms;
  const commits = journal.jobs.commits(tab);
  const parents = new Map(commits.map((commit) => [commit.head, commit.parent]));
  if (head !== settled && head !== genesisId(tab) && !parents.has(head))
    throw new Refusal('HEAD', `the log of ${tab} has no commit ${head}`);
  const covered = new Set<string>();
  for (let at = head; parents.has(at) && !covered.has(at); at = parents.get(at)!) covered.add(at);
  const beyond = journal.jobs
    .ofTab(tab, ...ACTIVE)
    .filter((job) => job.head === undefined || !covered.has(job.head));
  const passed =
    head !== settled && commits.some((job) => job.state === 'settled' && !covered.has(job.head));
  if (beyond.length > 0 || passed)
    throw new Refusal(
      'UNSETTLED',
      `${beyond.length} accepted jobs lie beyond ${head}; sign the closing again at the log's last commit`
    );
}

async function checkTerms(context: Context, order: Order, terms: Terms): Promise<TabReading> {
  if (terms.tab !== order.tab || terms.service !== order.service)
    throw new Refusal('MISMATCH', `the order is of the tab ${terms.tab}, not of ${order.tab}`);
  const options = { signal: context.within(context.policy.fetch) };
  await context.offers.current(terms.service, options);
  const network = await context.parts.chain.network(options);
  if (terms.network !== network)
    throw new Refusal('NETWORK', `the order is for ${terms.network}, this is ${network}`);
  return readTab(context, terms, options);
}

function assertSigned(
  { parts }: Context,
  commitment: bigint,
  { signature, terms }: SignedExtension | SignedClosing
): void {
  if (!parts.verify(commitment, signature, terms.requestKey))
    throw new Refusal('SIGNATURE', `the order is not signed by ${terms.requestKey}`);
}
