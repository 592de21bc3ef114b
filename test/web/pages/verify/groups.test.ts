import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../../../web/pages/verify/groups.ts';

const finding = (id: 'commit' | 'head' | 'descriptor', ok: boolean, sequence?: number) => ({
  id,
  ok,
  detail: '',
  ...(sequence === undefined ? {} : { sequence }),
});

describe('a report', () => {
  it('puts file, tab and service first, and jobs that fail before those that hold', () => {
    const groups = groupsOf(
      [{ id: 'car', ok: true, detail: '' }],
      [
        finding('head', true),
        finding('descriptor', true),
        finding('commit', true, 1),
        finding('commit', true, 2),
        finding('commit', false, 2),
      ]
    );
    expect(groups.map(({ kind, sequence }) => sequence ?? kind)).toEqual([
      'car',
      'tab',
      'service',
      2,
      1,
    ]);
    expect(groups.flatMap(({ findings }) => findings)).toHaveLength(6);
  });

  it('has no group without a check', () => {
    expect(groupsOf([], [])).toEqual([]);
  });
});
