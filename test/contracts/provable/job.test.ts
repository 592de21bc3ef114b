import { randomBytes } from 'node:crypto';
import { Field, Provable, PublicKey, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { runAndCheckGates } from '../../circuit/gates.ts';
import {
  makeNote,
  makeNotes,
  makeParties,
  makeTerms,
  type JobChoice,
} from '../../fixtures/job-fixture.ts';
import { signFieldElements } from '../../../contracts/chain/sign.ts';
import { executionChain } from '../../../contracts/formats/execution.ts';
import { headField } from '../../../contracts/formats/log-commit.ts';
import { commitOfNote, type Note } from '../../../contracts/formats/note.ts';
import { counterLeaf, perfPath, perfRoot, type Counter } from '../../../contracts/formats/perf.ts';
import { hashIn } from '../../../contracts/formats/poseidon.ts';
import { bodyCommitment, receiptCommitment } from '../../../contracts/formats/receipt.ts';
import { openingState, type TabState } from '../../../contracts/formats/tab-state.ts';
import { OPENING_WINDOW, admit, packWindow } from '../../../contracts/formats/window.ts';
import { cursorOfState, jobOfNote, runnerOfNote } from '../../../contracts/programs/job-of-note.ts';
import { Digest } from '../../../contracts/provable/execution.ts';
import { Cursor, Job, foldJob } from '../../../contracts/provable/job.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import { foldPlain } from '../../../oracle/witness/fold.ts';

const us = makeParties();
const terms = makeTerms(us);
const opening = openingState(terms, 1000);
const start = cursorOfState(opening);

function fold(job: Job, cursor = start, runner = us.runner.publicKey): Cursor {
  const circuitTerms = Terms.from(terms);
  const commitment = circuitTerms.commitment();
  return foldJob(circuitTerms, commitment, PublicKey.fromBase58(runner), cursor, job);
}

function cursorWith({
  head = start.head,
  window = start.window,
  total = start.total,
}: Partial<Pick<Cursor, 'head' | 'window' | 'total'>>): Cursor {
  return new Cursor({ head, window, total, log: start.log });
}

/** An honest note whose runner signs another body than the values say. */
function withBody(note: Note, change: Partial<Parameters<typeof bodyCommitment>[0]>): Note {
  const body = bodyCommitment({
    execution: executionChain(note.execution),
    perf: perfRoot(note.counters, note.profile),
    exitStatus: note.exitStatus,
    amount: note.receipt.amount,
    blinding: note.blinding,
    ...change,
  });
  return signedAgain({ ...note, receipt: { ...note.receipt, body } });
}

const signedAgain = (note: Note, { privateKey } = us.runner): Note => ({
  ...note,
  signature: signFieldElements([receiptCommitment(note.receipt)], privateKey),
});
const noteOf = (choice: Partial<JobChoice> = {}): Note =>
  makeNote(us, terms, { sequence: 1, ...choice });

function entriesFrom(notes: readonly Note[], state: TabState): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const note of notes)
    entries.push({ note, ...commitOfNote(note, entries.at(-1)?.id ?? state.head) });
  return entries;
}

describe('a job step', () => {
  it('goes where the plain fold goes, for jobs of every kind out of order', () => {
    const notes = makeNotes(us, terms, [
      { sequence: 3, phases: 4 },
      { sequence: 1, phases: 1, exitStatus: 265 },
      { sequence: 70, phases: 0, taskClock: 0n, exitStatus: 1024 },
      { sequence: 7, taskClock: (1n << 56n) - 1n },
      { sequence: 2 ** 32 - 1, maximum: 0n, finishedAt: 2 ** 32 - 1 },
    ]);
    const { state, total } = foldPlain(opening, entriesFrom(notes, opening));
    const end = notes.reduce((cursor, note) => fold(jobOfNote(note), cursor), start);
    expect(end.head.toBigInt()).toBe(headField(state.head));
    expect(end.log.toBigInt()).toBe(state.log);
    expect(end.window.toBigInt()).toBe(packWindow(state.window));
    expect(end.total.toBigInt()).toBe(total);
    expect(total).toBe(notes.reduce((sum, { receipt }) => sum + receipt.amount, 0n));
  });

  it('holds as a circuit, every row of it', async () => {
    const note = noteOf();
    const { state, total } = foldPlain(opening, entriesFrom([note], opening));
    await runAndCheckGates(() => {
      const variable = Provable.witness(Terms, () => Terms.from(terms));
      const runner = Provable.witness(PublicKey, () => runnerOfNote(note));
      const cursor = Provable.witness(Cursor, () => start);
      const job = Provable.witness(Job, () => jobOfNote(note));
      const end = foldJob(variable, variable.commitment(), runner, cursor, job);
      end.head.assertEquals(headField(state.head));
      end.window.assertEquals(packWindow(state.window));
      end.log.assertEquals(state.log);
      end.total.assertEquals(UInt64.from(total));
    });
  });

  it('O2, O3: leads to the id of the built commit, so no other object can be its commit', () => {
    const note = noteOf();
    const { id, commit } = commitOfNote(note, opening.head);
    const job = jobOfNote(note);
    expect(fold(job).head.toBigInt()).toBe(headField(id));
    const elsewhere = cursorWith({ head: Field(headField(commit.tree)) });
    expect(fold(job, elsewhere).head.toBigInt()).not.toBe(headField(id));
  });
});

describe('a job step refuses', () => {
  const request = /request is not signed/;
  const runner = /receipt is not signed by the runner/;

  it('O7: a request with another signature, or by another key', () => {
    const job = jobOfNote(noteOf());
    job.requestSignature = jobOfNote(noteOf({ sequence: 2 })).requestSignature;
    expect(() => fold(job)).toThrow(request);
    const stranger = makeParties();
    const forged = makeNote({ ...us, requester: stranger.requester }, terms, { sequence: 1 });
    expect(() => fold(jobOfNote(forged))).toThrow(request);
  });

  it('C6: a job of another tab, service, network, payee or price', () => {
    const other = makeParties();
    for (const change of [
      { tab: other.tab.publicKey },
      { service: other.service.publicKey },
      { network: 'mina:mainnet' },
      { payee: other.payee.publicKey },
      { price: { base: 1_000_001n, perSecond: 250_000_000n } },
    ]) {
      const note = makeNote(us, makeTerms(us, change), { sequence: 1 });
      expect(() => fold(jobOfNote(note))).toThrow(request);
    }
  });

  it('a request beyond the cap, and takes one at the cap', () => {
    const { cap } = terms;
    expect(() => fold(jobOfNote(noteOf({ maximum: cap })))).not.toThrow();
    expect(() => fold(jobOfNote(noteOf({ maximum: cap + 1n })))).toThrow(/exceeds the cap/);
  });

  it('a changed number, maximum or time limit of a signed request', () => {
    for (const name of ['sequence', 'maximum', 'validUntil'] as const) {
      const job = jobOfNote(noteOf());
      Object.assign(job, { [name]: job[name].add(1) });
      expect(() => fold(job), name).toThrow(request);
    }
  });

  it('K3: an envelope moved to another job', () => {
    const moved = randomBytes(32);
    const job = jobOfNote(noteOf());
    job.envelope = Digest.fromBytes(moved);
    expect(() => fold(job)).toThrow(request);
    const note = noteOf();
    const execution = executionChain({ ...note.execution, input: moved });
    expect(() => fold(jobOfNote(withBody(note, { execution })))).toThrow(runner);
  });

  it('phases whose task clocks do not add up to the counter', () => {
    const note = noteOf({ taskClock: 1_000n });
    const [first, ...rest] = note.execution.phases;
    for (const by of [-1n, 1n]) {
      const phases = [{ ...first!, taskClock: first!.taskClock + by }, ...rest];
      const execution = { ...note.execution, phases };
      const job = jobOfNote(
        withBody({ ...note, execution }, { execution: executionChain(execution) })
      );
      expect(() => fold(job)).toThrow(/do not add up/);
    }
  });

  it('a first counter of another name or unit, or that the machine did not support', () => {
    const rootWith = (leaf: Counter, { counters, profile }: Note): bigint =>
      perfPath(counters, profile, 0).reduce(
        (node, sibling) => hashIn('perfNode', node, sibling),
        counterLeaf(leaf)
      );
    const note = noteOf({ taskClock: 0n, phases: 0 });
    const honest: Counter = { name: 'task-clock', unit: 'ns', value: 0n };
    expect(rootWith(honest, note)).toBe(perfRoot(note.counters, note.profile));
    for (const change of [{ name: 'cpu-clock' }, { unit: 'ms' }, { value: undefined }]) {
      const perf = rootWith({ ...honest, ...change }, note);
      expect(() => fold(jobOfNote(withBody(note, { perf })))).toThrow(runner);
    }
    expect(() => fold(jobOfNote(withBody(note, {})))).not.toThrow();
  });

  it('C1: a receipt or body with any other value than what follows from the job', () => {
    const note = noteOf();
    const { receipt } = note;
    const wrong: Note[] = [
      withBody(note, { amount: receipt.amount + 1n }),
      withBody(note, { exitStatus: 1 }),
      withBody(note, { blinding: 1n }),
      ...[{ amount: receipt.amount + 1n }, { sequence: 2 }, { request: receipt.request + 1n }].map(
        (change) => signedAgain({ ...note, receipt: { ...receipt, ...change } })
      ),
    ];
    for (const each of wrong) expect(() => fold(jobOfNote(each))).toThrow(runner);
    for (const name of ['blinding', 'exitStatus'] as const) {
      const job = jobOfNote(note);
      job[name] = job[name].add(1);
      expect(() => fold(job), name).toThrow(runner);
    }
  });

  it('an exit status of more than 16 bits, although the runner signed it', () => {
    const note = noteOf();
    const { execution, counters, profile, receipt, blinding } = note;
    const signedWith = (exitStatus: bigint): Job => {
      const [chain, perf] = [executionChain(execution), perfRoot(counters, profile)];
      const body = hashIn('body', chain, perf, exitStatus, receipt.amount, blinding);
      const job = jobOfNote(signedAgain({ ...note, receipt: { ...receipt, body } }));
      job.exitStatus = Field(exitStatus);
      return job;
    };
    expect(() => fold(signedWith((1n << 16n) - 1n))).not.toThrow();
    expect(() => fold(signedWith(1n << 16n))).toThrow('64 bits');
  });

  it('O7: a receipt signed by another key than the runner that the proof names', () => {
    const stranger = makeParties();
    const note = noteOf({ signer: stranger.runner });
    expect(() => fold(jobOfNote(note))).toThrow(runner);
    expect(() => fold(jobOfNote(note), start, stranger.runner.publicKey)).not.toThrow();
  });

  it('C5: a number that is settled, and one that fell out of the window', () => {
    const job = jobOfNote(noteOf());
    const after = (...sequences: number[]): Cursor =>
      cursorWith({ window: Field(packWindow(sequences.reduce(admit, OPENING_WINDOW))) });
    expect(() => fold(job, after(1))).toThrow(/settled already/);
    expect(() => fold(job, after(65))).toThrow(/sequence number/);
    expect(() => fold(job, after(64))).not.toThrow();
    expect(() => fold(job, fold(job))).toThrow(/settled already/);
  });

  it('C11: a total beyond 64 bits', () => {
    const job = jobOfNote(noteOf());
    const { amount } = noteOf().receipt;
    const at = (total: bigint): Cursor => cursorWith({ total: UInt64.from(total) });
    const most = (1n << 64n) - 1n - amount;
    expect(fold(job, at(most)).total.toBigInt()).toBe((1n << 64n) - 1n);
    expect(() => fold(job, at(most + 1n))).toThrow();
  });
});
