import { describe, expect, it } from 'vitest';
import {
  EXPIRING_WITHIN,
  canRefund,
  statusOf,
  totalsOf,
} from '../../../../web/pages/tabs/tab-status.ts';
import { sortTabs } from '../../../../web/pages/tabs/tab-sort.ts';
import { MINA, makeUnread, makeView } from './tab-view.ts';

describe('the state of a tab', () => {
  it('is open until its end is near', () => {
    expect(statusOf(makeView({ expiry: 1_000 + EXPIRING_WITHIN + 1 }))).toBe('open');
    expect(statusOf(makeView({ expiry: 1_000 + EXPIRING_WITHIN }))).toBe('expiring');
  });

  it('settles in its last slot and has expired in the next (C7)', () => {
    const view = makeView({ expiry: 1_100 });
    expect(statusOf(view, 1_100)).toBe('expiring');
    expect(statusOf(view, 1_101)).toBe('expired');
  });

  it('believes whichever slot is newer, the chain’s or its own reading’s', () => {
    expect(statusOf(makeView({ expiry: 1_100, slot: 1_101 }), 1_050)).toBe('expired');
  });

  it('is refunded once it has expired and holds nothing', () => {
    expect(statusOf(makeView({ expiry: 900, balance: 0n }))).toBe('refunded');
  });

  it('is closed by both sides whatever it holds, and what it holds can be had back', () => {
    const view = makeView({ expiry: 0, balance: MINA });
    expect(statusOf(view)).toBe('closed');
    expect(canRefund('closed', MINA)).toBe(true);
    expect(canRefund('closed', 0n)).toBe(false);
    expect(canRefund('open', MINA)).toBe(false);
  });

  it('stays unreadable, with a reading of earlier or without', () => {
    const view = { ...makeView(), state: 'unreadable' as const };
    expect(statusOf(view)).toBe('unreadable');
    expect(statusOf({ ...makeUnread(), state: 'unreadable' })).toBe('unreadable');
  });
});

describe('sums over tabs', () => {
  it('count what is promised and free only where it can still be spent', () => {
    const tabs = [
      makeView({ balance: 5n * MINA, promised: 2n * MINA, spent: MINA }),
      makeView({ balance: 3n * MINA, expiry: 900, promised: MINA, spent: MINA }),
    ];
    expect(totalsOf(tabs)).toEqual({
      balance: 8n * MINA,
      promised: 2n * MINA,
      free: 3n * MINA,
      spent: 2n * MINA,
      unread: 0,
    });
  });

  it('say how many tabs they leave out', () => {
    const unread = makeUnread();
    expect(totalsOf([unread, makeView()]).unread).toBe(1);
  });
});

describe('sorted tabs', () => {
  const unread = makeUnread();
  const [soon, late, closed] = [
    makeView({ expiry: 1_100 }),
    makeView({ expiry: 9_000 }),
    makeView({ expiry: 0 }),
  ];

  it('put what has no end last, either way', () => {
    const tabs = [unread, late, closed, soon];
    const by = (isDescending: boolean) =>
      sortTabs(tabs, { column: 'expiry', isDescending }, 1_000).map(({ tab }) => tab);
    expect(by(false)).toEqual([soon, late, unread, closed].map(({ tab }) => tab));
    expect(by(true)).toEqual([late, soon, unread, closed].map(({ tab }) => tab));
  });

  it('put what asks for attention first', () => {
    const expired = makeView({ expiry: 900 });
    const tabs = sortTabs(
      [closed, late, soon, expired],
      { column: 'state', isDescending: false },
      1_080
    );
    expect(tabs.map(({ tab }) => tab)).toEqual([expired, soon, late, closed].map(({ tab }) => tab));
  });
});
