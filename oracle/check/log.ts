export { checkLog, settledCount };

import { formatMina } from '../../contracts/formats/amount.ts';
import { genesisId } from '../../contracts/formats/log-commit.ts';
import { OPENING_LOG, extendLog, receiptCommitment } from '../../contracts/formats/receipt.ts';
import type { TabState } from '../../contracts/formats/tab-state.ts';
import {
  OPENING_WINDOW,
  type SequenceWindow,
  admit,
  admits,
  describeWindow,
  packWindow,
} from '../../contracts/formats/window.ts';
import type { LogEntry } from '../read/entry.ts';
import { type Check, compared } from './check.ts';

/**
 * Holds a whole log, genesis to head, against the tab's account: it is one line, it goes through the
 * settled head, and what it holds up to there is what the account has summed up.
 */
function checkLog(tab: string, entries: readonly LogEntry[], state: TabState): readonly Check[] {
  const settled = settledCount(tab, entries, state.head);
  const line = checkLine(tab, entries);
  if (settled === undefined)
    return [
      line,
      {
        id: 'head',
        ok: false,
        detail: `none of ${entries.length} commits is the settled head ${state.head}: the log was rewritten`,
      },
    ];
  const receipts = entries.slice(0, settled).map(({ note }) => note.receipt);
  const chain = receipts.reduce(
    (log, receipt) => extendLog(log, receiptCommitment(receipt)),
    OPENING_LOG
  );
  const spent = receipts.reduce((sum, { amount }) => sum + amount, 0n);
  return [
    line,
    {
      id: 'head',
      ok: true,
      detail: `${settled} settled up to ${state.head}, ${entries.length - settled} pending`,
    },
    compared('log-chain', 'chain of settled receipts', chain, state.log),
    checkWindow(
      receipts.map(({ sequence }) => sequence),
      state.window
    ),
    compared('spent', 'sum of settled amounts in MINA', formatMina(spent), formatMina(state.spent)),
  ];
}

/** How many entries, from the first, the account has settled; `undefined` if its head is not there. */
function settledCount(tab: string, entries: readonly LogEntry[], head: string): number | undefined {
  if (head === genesisId(tab)) return 0;
  const at = entries.findIndex(({ id }) => id === head);
  return at < 0 ? undefined : at + 1;
}

function checkLine(tab: string, entries: readonly LogEntry[]): Check {
  const genesis = genesisId(tab);
  const at = entries.findIndex(
    ({ commit }, i) => commit.parent !== (i === 0 ? genesis : entries[i - 1]!.id)
  );
  return at < 0
    ? {
        id: 'line',
        ok: true,
        detail: `${entries.length === 1 ? 'one commit' : `${entries.length} commits`} in one line from ${genesis}`,
      }
    : {
        id: 'line',
        ok: false,
        detail: `commit ${entries[at]!.id} does not follow on the one before`,
      };
}

function checkWindow(sequences: readonly number[], window: SequenceWindow): Check {
  let own = OPENING_WINDOW;
  for (const sequence of sequences) {
    if (!admits(own, sequence))
      return { id: 'window', ok: false, detail: `number ${sequence} was settled out of its turn` };
    own = admit(own, sequence);
  }
  const ok = packWindow(own) === packWindow(window);
  const [said, held] = [describeWindow(own), describeWindow(window)];
  return {
    id: 'window',
    ok,
    detail: ok ? `settled numbers: ${said}` : `settled numbers: ${said}, the account holds ${held}`,
  };
}
