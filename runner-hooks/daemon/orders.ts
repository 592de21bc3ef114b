import { fromHex } from '../../contracts/formats/bytes.ts';
import { closingCommitment, parseClosing, parseExtension } from '../../contracts/formats/order.ts';
import type { Order } from '../journal/order.ts';
import { readTab } from './admission.ts';
import { fetchBlock } from './block-fetch.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';
import { Refusal, isFatal } from './error.ts';
import { assertNothingCutOff, checkClosing, checkExtension } from './order-check.ts';
import type { SettlerOptions } from './settler.ts';

export { carryOutOrders, refundExpired };

/** Takes each order one step on: checks it, proves and sends it, and looks whether it has shown. */
async function carryOutOrders(context: Context): Promise<void> {
  for (const order of context.journal.orders.in('seen', 'checked', 'sending', 'sent')) {
    const key = `order ${order.id}`;
    if (context.isStopping()) return;
    if (!context.backoff.ready(key)) continue;
    try {
      await advance(context, order);
      context.backoff.succeeded(key);
    } catch (error) {
      if (error instanceof Refusal && (order.state === 'seen' || order.state === 'checked')) {
        const reason = error.message;
        move(context, order, 'refused', { refusal: error.code, reason });
        continue;
      }
      if (isFatal(error) || context.isStopping()) throw error;
      const wait = context.backoff.failed(key);
      context.emit({ kind: 'retry', what: key, wait, error });
    }
  }
}

async function advance(context: Context, order: Order): Promise<void> {
  if (order.state === 'seen') return check(context, order);
  const terms = context.journal.tabs.get(order.tab)!.terms;
  const reading = await readTab(context, terms, { signal: context.within(context.policy.fetch) });
  // `sent` is written down before anything is sent, so an orphan in `sending` never was.
  if (order.state === 'sending') return void move(context, order, 'checked');
  if (hasShown(order, reading)) return void move(context, order, 'done');
  if (order.state === 'checked') return send(context, order, reading);
  if (context.now() - order.changed >= context.policy.patience) {
    context.emit({ kind: 'dropped', tab: order.tab, reason: `${order.kind} was not included` });
    move(context, order, 'checked');
  }
}

async function check(context: Context, order: Order): Promise<void> {
  const block = await fetchBlock(context, fromHex(order.digest, 32));
  if (order.kind === 'extension') await checkExtension(context, order, block);
  else {
    const closing = await checkClosing(context, order, block);
    // Nothing waits between this and the transition, and from then on the tab takes no work.
    assertNothingCutOff(context, closing, context.journal.tabs.get(order.tab)!.head);
  }
  move(context, order, 'checked', { block });
}

/** What the tab's account looks like once the order is carried out, by whomever. */
function hasShown(order: Order, { state, balance }: TabReading): boolean {
  if (order.kind === 'refund') return balance === 0n;
  if (order.kind === 'closing') return state.expiry === 0;
  return state.expiry >= parseExtension(order.block!).expiry;
}

async function send(context: Context, order: Order, reading: TabReading): Promise<void> {
  const { settler, key } = context.parts;
  const { terms } = context.journal.tabs.get(order.tab)!;
  const closing = order.kind === 'closing' ? parseClosing(order.block!) : undefined;
  if (closing !== undefined) {
    assertNothingCutOff(context, closing, reading.state.head);
    // The settlement comes first; it is due because this order waits.
    if (reading.state.head !== closing.head) return;
  }
  const slot = await context.parts.chain.slot({ signal: context.within(context.policy.fetch) });
  if (order.kind === 'extension' && reading.state.expiry < slot)
    throw new Refusal('EXPIRY', `the tab ended at slot ${reading.state.expiry}`);
  let at = move(context, order, 'sending');
  const options: SettlerOptions = {
    signal: context.stopping.signal,
    onTransaction: (transaction) => {
      at = move(context, at, 'sent', { transaction });
      context.emit({ kind: 'sent', tab: order.tab, transaction });
    },
  };
  try {
    if (closing !== undefined)
      await settler.close(closing, key.sign(closingCommitment(closing)), options);
    else if (order.kind === 'extension')
      await settler.extend(parseExtension(order.block!), options);
    else await settler.refund({ terms, amount: reading.balance }, options);
  } catch (error) {
    if (isFatal(error) || context.isStopping()) throw error;
    move(context, at, 'checked');
    throw error;
  }
}

function move(
  context: Context,
  order: Order,
  to: Order['state'],
  data: Parameters<Context['journal']['orders']['transition']>[3] = {}
): Order {
  const moved = context.journal.orders.transition(order, order.state, to, data);
  const { kind, tab } = order;
  const reason = data.reason ?? undefined;
  context.emit({
    ...{ kind: 'order', order: kind, tab, state: to },
    ...(reason === undefined ? {} : { reason }),
  });
  return moved;
}

/**
 * Orders a refund for each tab that has ended with money left, and lets go of those that are empty.
 * An expiry is read from the account before it counts: it may have been extended.
 */
async function refundExpired(context: Context): Promise<void> {
  const { journal, policy } = context;
  const options = { signal: context.within(policy.fetch) };
  const tabs = journal.tabs.open();
  if (tabs.length === 0) return;
  const slot = await context.parts.chain.slot(options);
  for (const tab of tabs.filter(({ expiry }) => expiry < slot)) {
    const key = `refund ${tab.address}`;
    if (!context.backoff.ready(key)) continue;
    try {
      const { state, balance } = await readTab(context, tab.terms, options);
      if (state.expiry >= slot || isBusy(context, tab.address)) continue;
      if (balance > 0n && balance >= policy.smallestRefund)
        order(context, tab.service, tab.address);
      else journal.tabs.end(tab.address);
    } catch (error) {
      if (isFatal(error) || context.isStopping()) throw error;
      const wait = context.backoff.failed(key);
      context.emit({ kind: 'retry', what: key, wait, error });
    }
  }
}

/** A settlement on its way may still have made it into the last slot. */
const isBusy = ({ journal }: Context, tab: string): boolean =>
  journal.settlements.underWay(tab) !== undefined || journal.jobs.ofTab(tab, 'noted').length > 0;

/** Nobody signs for a refund: that the tab has ended is its leave. */
function order({ journal }: Context, service: string, tab: string): void {
  journal.write('order.refund', () => {
    const refund = journal.orders.see({ kind: 'refund', service, tab, digest: '' });
    if (refund.state === 'seen') journal.orders.transition(refund, 'seen', 'checked');
  });
}
