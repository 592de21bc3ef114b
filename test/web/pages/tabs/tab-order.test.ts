import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { openDatabase } from '../../../../web/store/database.ts';
import { createKept } from '../../../../web/store/kept.ts';
import {
  TabOrder,
  isCarriedOut,
  isSurelyUnsent,
  stageAfter,
  stepsOf,
} from '../../../../web/pages/tabs/tab-order.ts';
import { inLogOrder } from '../../../../web/pages/tabs/log-order.ts';
import { genesisId } from '../../../../contracts/formats/log-commit.ts';
import type { JobView } from '../../../../web/store/jobs.ts';
import { MINA, makeReading, makeTerms } from './tab-view.ts';

const terms = makeTerms();
const order = (more: Partial<TabOrder> & Pick<TabOrder, 'kind'>): TabOrder => ({
  stage: 'preparing',
  since: 0,
  ...more,
});

describe('an order for a tab', () => {
  it('is carried out once the account shows it', () => {
    const extension = order({ kind: 'extend', expiry: 2_000 });
    expect(isCarriedOut(extension, makeReading(terms, { expiry: 1_999 }))).toBe(false);
    expect(isCarriedOut(extension, makeReading(terms, { expiry: 2_000 }))).toBe(true);
    expect(isCarriedOut(order({ kind: 'close' }), makeReading(terms))).toBe(false);
    expect(isCarriedOut(order({ kind: 'close' }), makeReading(terms, { expiry: 0 }))).toBe(true);
    expect(isCarriedOut(order({ kind: 'refund' }), makeReading(terms))).toBe(false);
    expect(isCarriedOut(order({ kind: 'refund' }), makeReading(terms, { balance: 0n }))).toBe(true);
  });

  it('sees a top-up even where a settlement came in between', () => {
    const topUp = order({ kind: 'fund', deposited: String(7n * MINA) });
    expect(isCarriedOut(topUp, makeReading(terms, { balance: 5n * MINA, spent: MINA }))).toBe(
      false
    );
    expect(isCarriedOut(topUp, makeReading(terms, { balance: 4n * MINA, spent: 3n * MINA }))).toBe(
      true
    );
  });

  it('is as far as what the requester does', () => {
    expect(stageAfter('uploading')).toBe('preparing');
    expect(stageAfter('proving')).toBe('proving');
    expect(stageAfter('signing')).toBe('wallet');
    expect(stageAfter('sending')).toBe('sending');
    expect(stageAfter('waiting')).toBe('provider');
  });

  it('has surely moved nothing until it is being sent', () => {
    const unsent = (['preparing', 'proving', 'wallet'] as const).map((stage) =>
      isSurelyUnsent({ stage })
    );
    expect(unsent).toEqual([true, true, true]);
    expect(isSurelyUnsent({ stage: 'sending' })).toBe(false);
    expect(isSurelyUnsent({ stage: 'provider' })).toBe(false);
  });

  it('shows each step with its state, and why one failed', () => {
    const at = order({ kind: 'extend', stage: 'sending', since: 5 });
    const states = (more: { readonly error?: string; readonly isDone?: boolean }) =>
      stepsOf({ order: at, isDone: false, ...more }).map(({ state }) => state);
    expect(states({})).toEqual(['done', 'done', 'running', 'waiting']);
    expect(states({ error: 'No.' })).toEqual(['done', 'done', 'failed', 'waiting']);
    expect(states({ isDone: true })).toEqual(['done', 'done', 'done', 'done']);
    expect(stepsOf({ order: at, isDone: false, error: 'No.' })[2]!.detail).toBe('No.');
  });

  it('outlives a reload, and whatever is no order is none', async () => {
    const database = openDatabase('tab-order');
    const kept = createKept('tab-order', TabOrder, () => database);
    const waiting = order({ kind: 'close', stage: 'provider', since: 12 });
    await kept.write(terms.tab, waiting);
    const again = createKept('tab-order', TabOrder, () => openDatabase('tab-order'));
    expect(await again.read(terms.tab)).toEqual(waiting);
    const anything = createKept('tab-order', v.unknown(), () => database);
    await anything.write(terms.tab, { ...waiting, kind: 'steal' });
    expect(await kept.read(terms.tab)).toBeUndefined();
    await kept.drop(terms.tab);
    expect(await anything.read(terms.tab)).toBeUndefined();
  });
});

describe('the log of a tab', () => {
  const job = (commit: string, parent: string, finishedAt: number): JobView =>
    ({ outcome: { commit, parent, finishedAt } }) as JobView;

  it('follows the commits from the genesis on, whatever order the jobs were asked in', () => {
    const first = job('a', genesisId(terms.tab), 9);
    const second = job('b', 'a', 5);
    const apart = job('d', 'c', 1);
    const under = { state: 'running' } as JobView;
    const jobs = inLogOrder(terms.tab, [apart, under, second, first]);
    const ids = jobs.map(({ outcome }) => outcome.commit);
    expect(ids).toEqual(['a', 'b', 'd']);
  });

  it('ends where hostile entries go in circles', () => {
    const loop = [job('a', genesisId(terms.tab), 1), job('b', 'a', 2), job('a', 'b', 3)];
    expect(inLogOrder(terms.tab, loop)).toHaveLength(3);
  });
});
