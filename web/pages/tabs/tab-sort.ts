import type { Order } from '../../components/order.ts';
import type { TabView } from '../../store/tabs.ts';
import { type TabStatus, statusOf } from './tab-status.ts';

export { sortTabs };

/** What asks for attention first. */
const URGENCY: readonly TabStatus[] = [
  'expired',
  'expiring',
  'unreadable',
  'opening',
  'open',
  'reading',
  'closed',
  'refunded',
  'elsewhere',
];

type Key = string | number | bigint | undefined;

/** Sorted by a column's id; tabs that lack the value stand last, whichever way it is sorted. */
function sortTabs(
  tabs: readonly TabView[],
  { column, isDescending }: Order,
  slot: number
): readonly TabView[] {
  const keyed = tabs.map((tab) => [tab, keyOf(tab, column, slot)] as const);
  return keyed
    .sort(([, a], [, b]) => {
      if (a === undefined || b === undefined)
        return Number(a === undefined) - Number(b === undefined);
      const ascending = a < b ? -1 : a > b ? 1 : 0;
      return isDescending ? -ascending : ascending;
    })
    .map(([tab]) => tab);
}

function keyOf(tab: TabView, column: string, slot: number): Key {
  const { reading } = tab;
  switch (column) {
    case 'service':
      return tab.serviceName?.toLowerCase();
    case 'state':
      return URGENCY.indexOf(statusOf(tab, slot));
    case 'spent':
      return reading?.state.spent;
    case 'expiry':
      // A closed tab's end is behind it, and its expiry of 0 no slot.
      return reading === undefined || reading.isClosed ? undefined : reading.state.expiry;
    case 'balance':
    case 'promised':
    case 'free':
      return reading?.[column];
    default:
      return undefined;
  }
}
