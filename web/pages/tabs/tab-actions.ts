import { createSignal } from 'solid-js';
import { sentenceOf } from '../../components/sentence.ts';
import { createKept } from '../../store/kept.ts';
import type { Stepwise } from '../../../requester/requester.ts';
import {
  type OrderProgress,
  TabOrder,
  isCarriedOut,
  isSurelyUnsent,
  stageAfter,
} from './tab-order.ts';
import type { TabReading } from '../../../requester/tab.ts';

export { actionOf, restoreAction, runAction, noticeReading, noticeRefusal, dismissAction };

interface Action extends OrderProgress {
  /** Whether this page is at it; after a reload nobody is, and the chain tells. */
  readonly isRunning: boolean;
}

const kept = createKept('tab-order', TabOrder);

/** What goes on outlives the page that began it, so that one may look elsewhere meanwhile. */
const [actions, setActions] = createSignal<ReadonlyMap<string, Action>>(new Map());

const actionOf = (tab: string): Action | undefined => actions().get(tab);

const set = (tab: string, action: Action | undefined): void => {
  const next = new Map(actions());
  if (action === undefined) next.delete(tab);
  else next.set(tab, action);
  setActions(next);
};

/** Takes up what was begun before a reload. */
async function restoreAction(tab: string): Promise<void> {
  if (actions().has(tab)) return;
  const order = await kept.read(tab);
  if (order !== undefined && !actions().has(tab))
    set(tab, { order, isDone: false, isRunning: false });
}

/**
 * Does `work`, keeping how far it is before each step.
 *
 * @param work resolves once its transaction is in a block, or later, with the digest of what was rung for
 */
async function runAction(
  tab: string,
  order: TabOrder,
  work: (options: Stepwise) => Promise<{ readonly transaction?: string; readonly digest?: string }>
): Promise<void> {
  let now: TabOrder = order;
  const show = (more: Partial<Action> = {}): void =>
    set(tab, { order: now, isDone: false, isRunning: true, ...more });
  show();
  await kept.write(tab, now);
  try {
    const done = await work({
      async onProgress({ stage: doing, words }) {
        const stage = stageAfter(doing);
        const isNew = stage !== now.stage;
        if (isNew) now = { ...now, stage, since: Date.now() };
        show({ words: sentenceOf(new Error(words)) });
        if (isNew) await kept.write(tab, now);
      },
    });
    if (now.kind === 'fund' || now.kind === 'refund') {
      await kept.drop(tab);
      show({ isDone: true, isRunning: false });
      return;
    }
    // What is left is the provider's: the account will show it.
    if (now.stage !== 'provider') now = { ...now, stage: 'provider', since: Date.now() };
    if (done.digest !== undefined) now = { ...now, digest: done.digest };
    await kept.write(tab, now);
    show({ isRunning: false });
  } catch (error) {
    if (isSurelyUnsent(now)) await kept.drop(tab);
    show({ error: sentenceOf(error), isRunning: false });
  }
}

/** Ends what the account shows to be done. */
async function noticeReading(tab: string, reading: TabReading): Promise<void> {
  const action = actionOf(tab);
  if (action === undefined || action.isDone || action.isRunning) return;
  if (!isCarriedOut(action.order, reading)) return;
  await kept.drop(tab);
  set(tab, { order: action.order, isDone: true, isRunning: false });
}

/**
 * Ends what the provider has refused, which nothing on the chain shows.
 *
 * @param ask why it was refused; `undefined` where it was not
 */
async function noticeRefusal(
  tab: string,
  ask: (digest: string) => Promise<string | undefined>
): Promise<void> {
  const before = actionOf(tab);
  const digest = before?.order.stage === 'provider' ? before.order.digest : undefined;
  if (before === undefined || digest === undefined || before.isDone || before.isRunning) return;
  const error = await ask(digest);
  if (error === undefined || actionOf(tab) !== before) return;
  await kept.drop(tab);
  set(tab, { ...before, error });
}

async function dismissAction(tab: string): Promise<void> {
  set(tab, undefined);
  await kept.drop(tab);
}
