import { describe, expect, it } from 'vitest';
import { groupOf } from '../../../../web/components/checks/check-words.ts';
import { verdictOf } from '../../../../web/components/checks/verdict.ts';

const holds = { id: 'commit', ok: true, detail: '', sequence: 1 } as const;
const fails = { id: 'amount', ok: false, detail: '', sequence: 1 } as const;

describe('a verdict', () => {
  it('is good only where every check holds, and then says what was not shown', () => {
    const { tone, title, text } = verdictOf([holds, holds], { checked: 1, settled: 1 });
    expect(tone).toBe('good');
    expect(title).toBe('All 2 checks hold');
    expect(text).toMatch(/does not show that the runner honestly ran/);
  });

  it('names what failed', () => {
    const { tone, title } = verdictOf([holds, fails, fails], { checked: 1, settled: 1 });
    expect(tone).toBe('bad');
    expect(title).toBe('2 of 3 checks fail: amount');
    const { title: one } = verdictOf([holds, fails], { checked: 1, settled: 1 });
    expect(one).toBe('1 of 2 checks fails: amount');
  });

  it('tells paid from unpaid receipts', () => {
    const paid = (checked: number, settled: number): string =>
      verdictOf([holds], { checked, settled }).text;
    expect(paid(1, 0)).toContain('not paid yet');
    expect(paid(3, 2)).toContain('2 of them paid');
    expect(paid(3, 3)).toContain('paid by a proof');
  });
});

describe('checks', () => {
  it('stand with the job, the service or the tab that they are about', () => {
    expect(groupOf({ id: 'window', sequence: 3 })).toBe('job');
    expect(groupOf({ id: 'window' })).toBe('tab');
    expect(groupOf({ id: 'descriptor' })).toBe('service');
    expect(groupOf({ id: 'descriptor', sequence: 1 })).toBe('job');
  });
});
