import { Field, Struct, UInt32, UInt64 } from 'o1js';
import { type TabSet, TAB_SET_DEPTH, tabSetPath } from '../formats/tab-set.ts';
import { hashIn } from './domain.ts';
import type { Terms } from './terms.ts';
import { treePath, treePathOf, treeRoot } from './tree.ts';

export { TabEntry };

/** A tab's public state and its place in a set; see `formats/tab-set.ts`. */
class TabEntry extends Struct({ balance: UInt64, expiry: UInt32, ...treePath(TAB_SET_DEPTH) }) {
  static from(set: Pick<TabSet, 'tabs'>, tab: string): TabEntry {
    const path = treePathOf(tabSetPath(set, tab));
    const { balance, expiry } = set.tabs.find((entry) => entry.tab === tab)!;
    return new TabEntry({
      balance: UInt64.from(BigInt(balance)),
      expiry: UInt32.from(expiry),
      ...path,
    });
  }

  /** Root of the set in which the tab of these terms has this state here. Balance and expiry are 64 and 32 bits by type. */
  root(terms: Terms): Field {
    const packed = this.balance.value.add(this.expiry.value.mul(1n << 64n)).seal();
    const leaf = hashIn('tabEntry', ...terms.tab.toFields(), terms.commitment(), packed);
    return treeRoot('tabNode', leaf, this);
  }
}
