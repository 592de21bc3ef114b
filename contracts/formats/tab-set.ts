import * as v from 'valibot';
import { FormatError } from './error.ts';
import { MODULUS, assertField } from './field.ts';
import { check, decimal, encodeJson, parseJson } from './json.ts';
import { isKey, parseKey } from './key.ts';
import { hashIn } from './poseidon.ts';

export {
  TAB_SET_DEPTH,
  MAX_TAB_SET_BYTES,
  type TabSet,
  type TabEntry,
  encodeTabSet,
  parseTabSet,
  tabSetRoot,
  tabSetPath,
  tabEntryLeaf,
  controlCommitment,
};

/** Room for 4,096 tabs: enough to hide in, and the tree stays a second's work for a page. */
const TAB_SET_DEPTH = 12;
const MAX_TAB_SET_BYTES = 2 * 1024 * 1024;

const EntrySchema = v.strictObject({
  tab: v.pipe(v.string(), v.check(isKey, 'expected an address (B62…)')),
  /** State field 2; see `termsCommitment`. */
  terms: decimal(MODULUS - 1n),
  /** Nanomina in the account. What is promised to jobs under way is still in it: no chain shows that. */
  balance: decimal((1n << 64n) - 1n),
  /** State field 5: last slot at which it settles, 0 once closed. */
  expiry: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
});
/** What a tab's account shows to everybody. */
type TabEntry = v.InferOutput<typeof EntrySchema>;

/**
 * The public states of some tabs as one block left them. Whoever relies on a proof over it has read the
 * accounts, or trusts who has.
 */
const TabSetSchema = v.strictObject({
  version: v.literal(1),
  network: v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,31}$/, 'expected a network id')),
  height: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  /** State hash of that block. */
  block: v.pipe(v.string(), v.regex(/^[1-9A-HJ-NP-Za-km-z]{1,128}$/, 'expected base58')),
  /** Of that block, since genesis. */
  slot: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  tabs: v.pipe(
    v.array(EntrySchema),
    v.minLength(1),
    v.maxLength(2 ** TAB_SET_DEPTH),
    v.check(
      (tabs) => tabs.every(({ tab }, i) => i === 0 || tabs[i - 1]!.tab < tab),
      'expected different tabs, sorted by address'
    )
  ),
});
type TabSet = v.InferOutput<typeof TabSetSchema>;

function encodeTabSet(set: TabSet): Uint8Array {
  check(TabSetSchema, set, 'tab set');
  const bytes = encodeJson(set);
  parseJson(bytes, MAX_TAB_SET_BYTES);
  return bytes;
}

const parseTabSet = (bytes: Uint8Array): TabSet =>
  check(TabSetSchema, parseJson(bytes, MAX_TAB_SET_BYTES), 'tab set');

/** Poseidon over address, terms, and `balance + expiry·2^64`: 4 elements. */
function tabEntryLeaf({ tab, terms, balance, expiry }: TabEntry): bigint {
  const { x, isOdd } = parseKey(tab);
  const packed = BigInt(balance) + (BigInt(expiry) << 64n);
  return hashIn('tabEntry', x, BigInt(isOdd), assertField(BigInt(terms), 'terms'), packed);
}

/** Root over 2^{@link TAB_SET_DEPTH} leaves in order of address; unused ones are 0. */
const tabSetRoot = ({ tabs }: Pick<TabSet, 'tabs'>): bigint => levels(tabs).at(-1)![0]!;

/** The siblings of a tab from its leaf up, and its place. @throws FormatError `SHAPE` where it is not in the set */
function tabSetPath(
  { tabs }: Pick<TabSet, 'tabs'>,
  tab: string
): { readonly siblings: readonly bigint[]; readonly index: number } {
  const index = tabs.findIndex((entry) => entry.tab === tab);
  if (index < 0) throw new FormatError('SHAPE', `the set does not have the tab ${tab}`);
  const siblings = levels(tabs)
    .slice(0, TAB_SET_DEPTH)
    .map((level, depth) => level[(index >> depth) ^ 1] ?? EMPTY[depth]!);
  return { siblings, index };
}

/** What the request key signs to show that it holds the tab; the context says to whom and for what. */
const controlCommitment = (root: bigint, minimum: bigint, slot: number, context: bigint): bigint =>
  hashIn('tabControl', root, minimum + (BigInt(slot) << 64n), assertField(context, 'context'));

/** Roots of trees with no tab in them, by depth. */
const EMPTY: readonly bigint[] = Array.from({ length: TAB_SET_DEPTH }).reduce<bigint[]>(
  (empty) => [...empty, hashIn('tabNode', empty.at(-1)!, empty.at(-1)!)],
  [0n]
);

/** Only what lies over tabs. */
function levels(tabs: readonly TabEntry[]): readonly (readonly bigint[])[] {
  const all: bigint[][] = [tabs.map(tabEntryLeaf)];
  for (let depth = 0; depth < TAB_SET_DEPTH; depth++) {
    const below = all[depth]!;
    all.push(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
        hashIn('tabNode', below[2 * i]!, below[2 * i + 1] ?? EMPTY[depth]!)
      )
    );
  }
  return all;
}
