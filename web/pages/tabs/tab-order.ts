import * as v from 'valibot';
import type { Step, StepState } from '../../components/steps.tsx';
import type { Stage as Doing } from '../../../requester/requester.ts';
import type { TabReading } from '../../../requester/tab.ts';

export {
  type OrderKind,
  type Stage,
  TabOrder,
  type OrderProgress,
  isCarriedOut,
  stageAfter,
  isSurelyUnsent,
  isRefused,
  stepsOf,
};

const KINDS = ['fund', 'extend', 'close', 'refund'] as const;
const STAGES = ['preparing', 'proving', 'wallet', 'sending', 'provider'] as const;
type OrderKind = (typeof KINDS)[number];
type Stage = (typeof STAGES)[number];

/** What somebody wants done to a tab, kept so that a reload in the middle doesn't lose sight of it. */
const TabOrder = v.strictObject({
  kind: v.picklist(KINDS),
  stage: v.picklist(STAGES),
  /** Milliseconds since 1970. */
  since: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Of a top-up: nanomina paid into the tab in all, by which one sees that it has arrived. */
  deposited: v.optional(v.pipe(v.string(), v.regex(/^[0-9]{1,24}$/))),
  /** Of an extension or closing that was rung for: SHA-256 of its block, in hex. */
  digest: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  /** Of an extension: the least slot that the tab then ends at. */
  expiry: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1))),
});
type TabOrder = v.InferOutput<typeof TabOrder>;

/** The account shows it, whoever did it and whenever. */
function isCarriedOut(
  { kind, deposited, expiry }: TabOrder,
  { state, balance, isClosed }: Pick<TabReading, 'state' | 'balance' | 'isClosed'>
): boolean {
  switch (kind) {
    case 'fund':
      return deposited !== undefined && balance + state.spent >= BigInt(deposited);
    case 'extend':
      return isClosed || (expiry !== undefined && state.expiry >= expiry);
    case 'close':
      return isClosed;
    case 'refund':
      return balance === 0n;
  }
}

/** What the requester is doing tells how far an order is. */
const stageAfter = (doing: Doing): Stage => AFTER[doing];

const AFTER: Readonly<Record<Doing, Stage>> = {
  reading: 'preparing',
  sealing: 'preparing',
  uploading: 'preparing',
  proving: 'proving',
  signing: 'wallet',
  sending: 'sending',
  delivering: 'sending',
  waiting: 'provider',
};

/** Before it was sent, what failed has changed nothing; from then on only the chain knows. */
const isSurelyUnsent = ({ stage }: Pick<TabOrder, 'stage'>): boolean =>
  STAGES.indexOf(stage) < STAGES.indexOf('sending');

interface OrderProgress {
  readonly order: TabOrder;
  /** What is being done just now. */
  readonly words?: string;
  readonly error?: string;
  readonly isDone: boolean;
}

/** By the provider: nothing more will come of it. */
const isRefused = ({ order, error }: Pick<OrderProgress, 'order' | 'error'>): boolean =>
  order.stage === 'provider' && error !== undefined;

const LABELS: Readonly<Record<OrderKind, readonly (readonly [Stage, string])[]>> = {
  fund: [
    ['preparing', 'Prepare the transfer'],
    ['wallet', 'Your wallet signs it'],
    ['sending', 'A block includes it'],
  ],
  extend: [
    ['preparing', 'The tab’s key signs the later end'],
    ['wallet', 'Your wallet signs the ring'],
    ['sending', 'A block includes the ring'],
    ['provider', 'The provider proves the extension and sends it'],
  ],
  close: [
    ['preparing', 'The tab’s key signs the closing'],
    ['wallet', 'Your wallet signs the ring'],
    ['sending', 'A block includes the ring'],
    ['provider', 'The provider settles what is left, proves the closing and sends it'],
  ],
  refund: [
    ['preparing', 'Read what the tab holds'],
    ['proving', 'Prove the refund in this page'],
    ['wallet', 'Your wallet signs it'],
    ['sending', 'A block includes it'],
  ],
};

/** Every step of an order with its state. */
function stepsOf({ order, words, error, isDone }: OrderProgress): readonly Step[] {
  const labels = LABELS[order.kind];
  const at = labels.findIndex(([stage]) => stage === order.stage);
  const stateAt = (i: number): StepState => {
    if (isDone || i < at) return 'done';
    if (i > at) return 'waiting';
    return error === undefined ? 'running' : 'failed';
  };
  return labels.map(([, label], i): Step => {
    const state = stateAt(i);
    return {
      label,
      state,
      ...(state === 'running' ? { since: order.since } : {}),
      ...(state === 'running' && words !== undefined && words !== '' ? { detail: words } : {}),
      ...(state === 'failed' ? { detail: error } : {}),
    };
  });
}
