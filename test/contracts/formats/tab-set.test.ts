import { describe, expect, it } from 'vitest';
import { hashIn } from '../../../contracts/formats/poseidon.ts';
import {
  TAB_SET_DEPTH,
  type TabSet,
  encodeTabSet,
  parseTabSet,
  tabEntryLeaf,
  tabSetPath,
  tabSetRoot,
} from '../../../contracts/formats/tab-set.ts';
import { publicKey, tabSet } from '../../vectors/sample.ts';
import { refusal } from './refusal.ts';

const changed = (change: object): TabSet => ({ ...tabSet, ...change });

describe('a set of tabs', () => {
  it('is read as it was written', () => {
    expect(parseTabSet(encodeTabSet(tabSet))).toEqual(tabSet);
  });

  it('has a root in which each tab stands at its place', () => {
    for (const count of [1, 2, 3]) {
      const tabs = tabSet.tabs.slice(0, count);
      for (const entry of tabs) {
        const { siblings, index } = tabSetPath({ tabs }, entry.tab);
        expect(siblings).toHaveLength(TAB_SET_DEPTH);
        const root = siblings.reduce(
          (node, sibling, depth) =>
            (index >> depth) & 1
              ? hashIn('tabNode', sibling, node)
              : hashIn('tabNode', node, sibling),
          tabEntryLeaf(entry)
        );
        expect(root).toBe(tabSetRoot({ tabs }));
      }
      expect(refusal(() => tabSetPath({ tabs }, publicKey(99)))).toBe('SHAPE');
    }
  });

  it('has another root for each thing that stands in it', () => {
    const [first, ...rest] = tabSet.tabs;
    const roots = [{}, { balance: '1' }, { expiry: 1 }, { terms: '1' }, { tab: publicKey(98) }].map(
      (change) => tabSetRoot({ tabs: [{ ...first!, ...change }, ...rest] })
    );
    expect(new Set([...roots, tabSetRoot({ tabs: rest })]).size).toBe(6);
  });

  it('I4: has its fields, within their bounds, and each tab once, in order', () => {
    const [a, b] = tabSet.tabs as [TabSet['tabs'][0], TabSet['tabs'][0]];
    for (const change of [
      { version: 2 },
      { extra: 1 },
      { tabs: [] },
      { tabs: [b, a] },
      { tabs: [a, a] },
      { tabs: [{ ...a, balance: '-1' }] },
      { tabs: [{ ...a, balance: String(1n << 64n) }] },
      { tabs: [{ ...a, expiry: 2 ** 32 }] },
      { block: '' },
      { slot: -1 },
    ])
      expect(
        refusal(() => encodeTabSet(changed(change))),
        JSON.stringify(change)
      ).toBe('SHAPE');
  });
});
