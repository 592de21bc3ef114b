export { type Fold, type Settlement, foldPlain, settlementOf };

import { formatMina } from '../../contracts/formats/amount.ts';
import type { Note } from '../../contracts/formats/note.ts';
import { extendLog, receiptCommitment } from '../../contracts/formats/receipt.ts';
import type { TabState } from '../../contracts/formats/tab-state.ts';
import { type Terms, termsCommitment } from '../../contracts/formats/terms.ts';
import { admit, admits } from '../../contracts/formats/window.ts';
import { checkEntry } from '../check/entry.ts';
import { OracleError } from '../error.ts';
import type { LogEntry } from '../read/entry.ts';

interface Fold {
  /** The account after the entries are settled. */
  readonly state: TabState;
  /** What they cost together, in nanomina. */
  readonly total: bigint;
}

/** What the prover is given, and what the transaction will do: all in plain values. */
interface Settlement extends Fold {
  readonly terms: Terms;
  readonly from: TabState;
  /** From these alone, with `from`, the circuit's witness is made. */
  readonly notes: readonly Note[];
}

/**
 * Settles entries, oldest first, on a tab's state, as the circuit does: the head moves, each receipt
 * is chained and marked in the window, amounts add up. The circuit is held against this in tests.
 * @throws {OracleError} `LOG_REWRITTEN` for an entry that does not stand on the head, `UNSETTLEABLE`
 * for a number that is settled already or has fallen out of the window, or a total beyond 64 bits
 */
function foldPlain(state: TabState, entries: readonly LogEntry[]): Fold {
  return entries.reduce<Fold>(
    ({ state: before, total }, { note: { receipt }, commit, id }) => {
      if (commit.parent !== before.head)
        throw new OracleError(
          'LOG_REWRITTEN',
          `commit ${id} stands on ${commit.parent}, not on the head ${before.head}`
        );
      if (!admits(before.window, receipt.sequence))
        throw new OracleError(
          'UNSETTLEABLE',
          `number ${receipt.sequence} is settled already, or more than 63 below ${before.window.top}`
        );
      const spent = before.spent + receipt.amount;
      if (spent >> 64n !== 0n)
        throw new OracleError(
          'UNSETTLEABLE',
          `${formatMina(spent)} MINA is more than 64 bits hold`
        );
      return {
        state: {
          ...before,
          head: id,
          log: extendLog(before.log, receiptCommitment(receipt)),
          window: admit(before.window, receipt.sequence),
          spent,
        },
        total: total + receipt.amount,
      };
    },
    { state, total: 0n }
  );
}

/**
 * Prepares the settlement of `entries` on top of `from`, and refuses at once what the circuit would
 * refuse after a minute of proving.
 * @throws {OracleError} `UNSETTLEABLE` with the first check that failed, and as {@link foldPlain}
 */
function settlementOf(from: TabState, entries: readonly LogEntry[]): Settlement {
  const [first] = entries;
  if (first === undefined)
    throw new OracleError('UNSETTLEABLE', 'the log holds nothing that is not settled');
  const { terms } = first.note.request;
  for (const entry of entries) {
    const { note, id } = entry;
    const failed = checkEntry(entry).find(({ ok }) => !ok);
    if (failed !== undefined)
      throw new OracleError('UNSETTLEABLE', `commit ${id} fails at ${failed.id}: ${failed.detail}`);
    if (termsCommitment(note.request.terms) !== from.terms)
      throw new OracleError('UNSETTLEABLE', `commit ${id} is under other terms than the tab`);
    if (note.runner !== first.note.runner)
      throw new OracleError(
        'UNSETTLEABLE',
        `commit ${id} is signed by ${note.runner}, those before it by ${first.note.runner}; ` +
          'settle up to the change of keys first'
      );
  }
  return { terms, from, notes: entries.map(({ note }) => note), ...foldPlain(from, entries) };
}
