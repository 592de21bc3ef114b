import type { Tone } from '../../components/badge.tsx';
import type { TabView } from '../../store/tabs.ts';

export {
  type TabStatus,
  type Totals,
  EXPIRING_WITHIN,
  STATUS_WORDS,
  STATUS_TONES,
  statusOf,
  canBuy,
  canRefund,
  totalsOf,
};

type TabStatus =
  | 'reading'
  | 'opening'
  | 'open'
  | 'expiring'
  | 'expired'
  | 'refunded'
  | 'closed'
  | 'unreadable'
  | 'elsewhere';

/** Slots before its end at which a tab should be extended or left: what runs must still be settled. */
const EXPIRING_WITHIN = 40;

const STATUS_WORDS: Readonly<Record<TabStatus, string>> = {
  reading: 'Reading',
  opening: 'Opening',
  open: 'Open',
  expiring: 'Ends soon',
  expired: 'Expired',
  refunded: 'Refunded',
  closed: 'Closed',
  unreadable: 'Unreadable',
  elsewhere: 'On another network',
};

const STATUS_TONES: Readonly<Record<TabStatus, Tone>> = {
  reading: 'neutral',
  opening: 'accent',
  open: 'good',
  expiring: 'warn',
  expired: 'warn',
  refunded: 'neutral',
  closed: 'neutral',
  unreadable: 'bad',
  elsewhere: 'neutral',
};

/** @param slot newest one known; a tab's own reading may be older */
function statusOf({ state, reading }: Pick<TabView, 'state' | 'reading'>, slot = 0): TabStatus {
  if (reading === undefined || !['open', 'expired', 'closed'].includes(state)) return state;
  if (reading.isClosed) return 'closed';
  const { expiry } = reading.state;
  const now = Math.max(slot, reading.slot);
  if (expiry < now) return reading.balance === 0n ? 'refunded' : 'expired';
  return expiry - now <= EXPIRING_WITHIN ? 'expiring' : 'open';
}

const canBuy = (status: TabStatus): boolean => status === 'open' || status === 'expiring';

/** Anybody may send the rest back once the tab has ended; where nothing is left there is none. */
const canRefund = (status: TabStatus, balance: bigint): boolean =>
  (status === 'expired' || status === 'closed') && balance > 0n;

/** Nanomina over several tabs. */
interface Totals {
  readonly balance: bigint;
  readonly promised: bigint;
  readonly free: bigint;
  readonly spent: bigint;
  /** Tabs that are not in the sums, since their accounts were not read. */
  readonly unread: number;
}

function totalsOf(tabs: readonly Pick<TabView, 'state' | 'reading'>[], slot = 0): Totals {
  const totals = { balance: 0n, promised: 0n, free: 0n, spent: 0n, unread: 0 };
  for (const tab of tabs) {
    const { reading } = tab;
    if (reading === undefined) {
      totals.unread++;
      continue;
    }
    totals.balance += reading.balance;
    totals.spent += reading.state.spent;
    // What an ended tab holds can be had back, but buys nothing.
    if (!canBuy(statusOf(tab, slot))) continue;
    totals.promised += reading.promised;
    totals.free += reading.free;
  }
  return totals;
}
