import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import { WINDOW_SIZE, admits } from '../../contracts/formats/window.ts';
import type { Job } from '../journal/job.ts';
import { ACTIVE } from '../journal/job-state.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';
import { Refusal } from './error.ts';
import type { Offer } from './offer.ts';

export { assertAffordable, assertTime };

/**
 * The number is free and will still fit the window when it is settled, and the tab can pay. Does not
 * wait, so that it can be asked again in the transaction that accepts.
 *
 * A log is settled in its order: every unsettled number has to be within 63 of every other, or the
 * lowest could fall out of the window that the highest moved on.
 */
function assertAffordable(
  { journal }: Pick<Context, 'journal'>,
  job: Pick<Job, 'id'>,
  request: SignedRequest,
  { state, balance }: TabReading
): void {
  const { terms, sequence, maximum } = request;
  if (journal.orders.closes(terms.tab))
    throw new Refusal('CLOSING', `the tab ${terms.tab} is being closed`);
  const holder = journal.jobs.atSequence(terms.tab, sequence);
  if (holder !== undefined && holder.id !== job.id)
    throw new Refusal('SEQUENCE', `number ${sequence} of the tab is taken; use the next one`);
  const active = journal.jobs.ofTab(terms.tab, ...ACTIVE).map((other) => other.sequence!);
  const lowest = Math.min(sequence, ...active);
  const highest = Math.max(sequence, state.window.top, ...active);
  if (sequence < 1 || !admits(state.window, sequence) || highest - lowest >= WINDOW_SIZE)
    throw new Refusal(
      'SEQUENCE',
      `number ${sequence} does not fit the window of ${WINDOW_SIZE} that holds ${lowest} to ${highest}`
    );
  if (maximum > terms.cap)
    throw new Refusal('CAP', `a maximum of ${maximum} exceeds the tab's cap of ${terms.cap}`);
  const promised = journal.jobs.promised(terms.tab);
  if (balance - promised < maximum)
    throw new Refusal(
      'FUNDS',
      `the tab holds ${balance}, of which ${promised} are promised, and ${maximum} may be needed; top it up`
    );
}

/** Slots that a job and its settlement take at the worst. */
const slotsFor = (seconds: number, margin: number): number =>
  Math.ceil(seconds / PROTOCOL.slotSeconds) + margin;

function assertTime(
  { policy }: Pick<Context, 'policy'>,
  offer: Offer,
  expiry: number,
  slot: number
): void {
  const { driver, limits } = offer.descriptor;
  const waiting = driver === 'local' ? 0 : policy.start / 1000;
  const needed = slotsFor(waiting + limits.seconds, policy.margin);
  if (expiry < slot + needed)
    throw new Refusal(
      'EXPIRY',
      expiry === 0
        ? 'the tab is closed'
        : `the tab ends at slot ${expiry}, the job may need until ${slot + needed}; extend it`
    );
}
