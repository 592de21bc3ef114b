import { describe, expect, it } from 'vitest';
import { signFieldElements } from '../../../contracts/chain/sign.ts';
import { descriptorDigest } from '../../../contracts/formats/descriptor.ts';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import type { Note } from '../../../contracts/formats/note.ts';
import { encodeReceipt, receiptCommitment } from '../../../contracts/formats/receipt.ts';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import { keyHash } from '../../../contracts/formats/terms.ts';
import type { Check, CheckId } from '../../../oracle/check/check.ts';
import { type EntryEvidence, checkEntry } from '../../../oracle/check/entry.ts';
import { checkLog } from '../../../oracle/check/log.ts';
import { foldPlain } from '../../../oracle/witness/fold.ts';
import { entriesOf, entryOn } from '../../fixtures/log-entries.ts';
import { digest, parties, signedNote } from '../../fixtures/signed-notes.ts';
import { descriptor } from '../../vectors/sample.ts';

const us = parties();
const entries = entriesOf(us, [1, 2, 4, 3]);
const [first] = entries as [(typeof entries)[number]];
const opening = openingState(us.terms, 1000);
const failing = (checks: readonly Check[]): CheckId[] =>
  checks.filter(({ ok }) => !ok).map(({ id }) => id);

const service = {
  address: us.terms.service,
  descriptor,
  state: {
    descriptor: descriptorDigest(descriptor),
    owner: 1n,
    runner: keyHash(us.runner.publicKey),
    keyset: digest('keyset'),
    epoch: 0,
    paused: false,
  },
};
const all: EntryEvidence = {
  parent: genesisId(us.tab),
  receiptBlock: encodeReceipt(first.note.receipt),
  tab: { state: opening, isSettled: false },
  service,
};

/** A note changed after signing, in the commit that would carry it. */
const forged = (change: Partial<Note>): Check['id'][] =>
  failing(checkEntry(entryOn(genesisId(us.tab), { ...first.note, ...change }), all));

/** A receipt that its runner did sign, whatever it says. */
const resigned = (change: Partial<Note['receipt']>): CheckId[] => {
  const receipt = { ...first.note.receipt, ...change };
  const signature = signFieldElements([receiptCommitment(receipt)], us.runner.privateKey);
  const note = { ...first.note, receipt, signature };
  return failing(
    checkEntry(entryOn(genesisId(us.tab), note), { ...all, receiptBlock: encodeReceipt(receipt) })
  );
};

describe('an honest entry', () => {
  it('passes every check, each with a sentence', () => {
    const checks = checkEntry(first, all);
    expect(failing(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual([
      'commit',
      'parent',
      'receipt-block',
      'request',
      'sequence',
      'maximum',
      'request-signature',
      'runner-signature',
      'service',
      'descriptor',
      'source',
      'price',
      'runner-key',
      'execution',
      'task-clock',
      'body',
      'amount',
      'terms',
      'window',
    ]);
    expect(checks.every(({ detail }) => detail.length > 5)).toBe(true);
  });

  it('is not judged by what the verifier does not have', () => {
    const ids = checkEntry(first).map(({ id }) => id);
    for (const absent of ['parent', 'receipt-block', 'result', 'service', 'terms', 'window'])
      expect(ids).not.toContain(absent);
  });
});

describe('a check', () => {
  it('O7: names a signature by another key, or over something else', () => {
    const stranger = parties();
    expect(forged({ runner: stranger.runner.publicKey })).toEqual([
      'runner-signature',
      'runner-key',
    ]);
    expect(forged({ signature: { r: 1n, s: 1n } })).toEqual(['runner-signature']);
    const request = { ...first.note.request, signature: first.note.signature };
    expect(forged({ request })).toEqual(['request-signature']);
  });

  it('names an amount that does not follow from the counter, though the runner signed it', () => {
    expect(resigned({ amount: first.note.receipt.amount + 1n })).toEqual(['body', 'amount']);
  });

  it('names counters, phases, exit status or blinding other than those committed to', () => {
    const [taskClock, ...others] = first.note.counters;
    const counters = [{ ...taskClock!, value: taskClock!.value! * 2n }, ...others];
    expect(forged({ counters })).toEqual(['task-clock', 'body', 'amount']);
    expect(forged({ counters: first.note.counters.slice(0, 1) })).toEqual(['body']);
    const unsupported = [{ ...taskClock!, value: undefined }, ...others];
    expect(forged({ counters: unsupported })).toEqual(['task-clock', 'body', 'amount']);
    expect(forged({ exitStatus: 1 })).toEqual(['body']);
    expect(forged({ blinding: 1n })).toEqual(['body']);
    const [phase] = first.note.execution.phases;
    const phases = [{ ...phase!, script: digest('rm -rf') }];
    expect(forged({ execution: { ...first.note.execution, phases } })).toEqual(['body']);
    expect(forged({ execution: { ...first.note.execution, input: digest('x') } })).toEqual([
      'execution',
      'body',
    ]);
  });

  it('names counters that do not even form a tree, and goes on', () => {
    expect(forged({ counters: [] })).toEqual(['task-clock', 'body', 'amount']);
  });

  it('C6: names another service, price, source or tab', () => {
    const other = parties();
    const evidence = (change: object): CheckId[] =>
      failing(checkEntry(first, { ...all, ...change }));
    expect(evidence({ service: { ...service, address: other.terms.service } })).toEqual([
      'service',
    ]);
    const dearer = { ...descriptor, price: { ...descriptor.price, base: '1' } };
    expect(evidence({ service: { ...service, descriptor: dearer } })).toEqual([
      'descriptor',
      'price',
    ]);
    expect(forged({ source: 'f'.repeat(40) })).toEqual(['source']);
    expect(evidence({ tab: { state: openingState(other.terms, 1000), isSettled: false } })).toEqual(
      ['terms']
    );
  });

  it('names another parent, a commit that is not the note’s, blocks that are absent or wrong', () => {
    const evidence = (change: object): CheckId[] =>
      failing(checkEntry(first, { ...all, ...change }));
    expect(evidence({ parent: 'a'.repeat(40) })).toEqual(['parent']);
    expect(failing(checkEntry({ ...first, id: 'a'.repeat(40) }, all))).toEqual(['commit']);
    expect(evidence({ receiptBlock: null })).toEqual(['receipt-block']);
    expect(evidence({ receiptBlock: new Uint8Array(116) })).toEqual(['receipt-block']);
    expect(evidence({ resultRoot: null })).toEqual(['result']);
    expect(evidence({ resultRoot: new TextEncoder().encode('result 1') })).toEqual([]);
    expect(evidence({ resultRoot: new TextEncoder().encode('result 2') })).toEqual(['result']);
  });

  it('names an order above the cap and a receipt for another request', () => {
    const dear = signedNote(us, 1, null, { maximum: us.terms.cap + 1n });
    expect(failing(checkEntry(entryOn(genesisId(us.tab), dear)))).toEqual(['maximum']);
    expect(resigned({ request: 1n })).toEqual(['request']);
    expect(resigned({ sequence: 2 })).toEqual(['sequence']);
  });

  it('names a number that is settled where it should be pending, and the reverse', () => {
    const { state } = foldPlain(opening, entries);
    const place = (isSettled: boolean): CheckId[] =>
      failing(checkEntry(first, { ...all, tab: { state, isSettled } }));
    expect(place(true)).toEqual([]);
    expect(place(false)).toEqual(['window']);
  });
});

describe('a log against its account', () => {
  const settled = foldPlain(opening, entries.slice(0, 2)).state;

  it('passes with some of it settled, all of it, or nothing', () => {
    for (const count of [0, 2, 4]) {
      const { state } = foldPlain(opening, entries.slice(0, count));
      expect(failing(checkLog(us.tab, entries, state))).toEqual([]);
    }
  });

  it('G4: names a head that is not in the log', () => {
    const rewritten = entriesOf(us, [7]);
    expect(failing(checkLog(us.tab, rewritten, settled))).toEqual(['head']);
  });

  it('names a broken line, and a chain, window or sum that the log does not make', () => {
    const broken = [entries[0]!, entries[2]!, entries[1]!];
    expect(failing(checkLog(us.tab, broken, opening))).toEqual(['line']);
    expect(failing(checkLog(us.tab, entries, { ...settled, log: 1n }))).toEqual(['log-chain']);
    expect(failing(checkLog(us.tab, entries, { ...settled, spent: 1n }))).toEqual(['spent']);
    const window = { top: 2, map: 3n };
    expect(failing(checkLog(us.tab, entries, { ...settled, window }))).toEqual(['window']);
  });
});
