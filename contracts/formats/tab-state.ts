import { assertUint } from './bytes.ts';
import { FormatError } from './error.ts';
import { assertField } from './field.ts';
import { genesisId, headField, headOfField } from './log-commit.ts';
import { OPENING_LOG } from './receipt.ts';
import { type Terms, termsCommitment } from './terms.ts';
import { OPENING_WINDOW, type SequenceWindow, packWindow, unpackWindow } from './window.ts';

export { TAB_LAYOUT, type TabState, encodeTabState, parseTabState, openingState };

/** A tab's account state. */
interface TabState {
  /** Object id of the last settled commit. */
  readonly head: string;
  /** Poseidon chain over the settled receipts. */
  readonly log: bigint;
  /** See `termsCommitment`. */
  readonly terms: bigint;
  readonly window: SequenceWindow;
  /** Nanomina paid so far. */
  readonly spent: bigint;
  /** Last slot (since genesis) at which the tab settles; 0 once closed. */
  readonly expiry: number;
}

/** State field 6. */
const TAB_LAYOUT = 1n;

const encodeTabState = ({
  head,
  log,
  terms,
  window,
  spent,
  expiry,
}: TabState): readonly bigint[] => [
  headField(head),
  assertField(log, 'log'),
  assertField(terms, 'terms'),
  packWindow(window),
  assertUint(spent, 64, 'spent'),
  assertUint(expiry, 32, 'expiry'),
  TAB_LAYOUT,
  0n,
];

function parseTabState(fields: readonly bigint[]): TabState {
  if (fields.length !== 8)
    throw new FormatError('SIZE', `8 state fields expected, ${fields.length} given`);
  const [head, log, terms, window, spent, expiry, layout, reserve] = fields as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (layout !== TAB_LAYOUT || reserve !== 0n)
    throw new FormatError('VERSION', `tab layout ${layout} is not known, only ${TAB_LAYOUT}`);
  return {
    head: headOfField(head),
    log: assertField(log, 'log'),
    terms: assertField(terms, 'terms'),
    window: unpackWindow(window),
    spent: assertUint(spent, 64, 'spent'),
    expiry: Number(assertUint(expiry, 32, 'expiry')),
  };
}

/** State that a tab is opened with. */
const openingState = (terms: Terms, expiry: number): TabState => ({
  head: genesisId(terms.tab),
  log: OPENING_LOG,
  terms: termsCommitment(terms),
  window: OPENING_WINDOW,
  spent: 0n,
  expiry,
});
