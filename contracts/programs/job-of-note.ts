import { Field, PublicKey, Signature, UInt32, UInt64 } from 'o1js';
import type { FieldSignature } from '../formats/signature.ts';
import { type Note, commitOfNote } from '../formats/note.ts';
import { TASK_CLOCK, perfPath } from '../formats/perf.ts';
import type { TabState } from '../formats/tab-state.ts';
import { headField } from '../formats/log-commit.ts';
import { packWindow } from '../formats/window.ts';
import { Digest, Execution } from '../provable/execution.ts';
import { Cursor, Job } from '../provable/job.ts';
import { TaskClock } from '../provable/perf.ts';
import { Word256 } from '../provable/receipt.ts';

export { jobOfNote, cursorOfState, runnerOfNote };

/** The witness of a job from its note. What of it is wrong makes the proof fail, not this function. */
function jobOfNote(note: Note): Job {
  const { request, receipt } = note;
  const { commit } = commitOfNote(note, '0'.repeat(40));
  const taskClock = note.counters.find(({ name }) => name === TASK_CLOCK)?.value ?? 0n;
  return new Job({
    sequence: UInt32.from(request.sequence),
    envelope: Digest.fromBytes(request.envelope),
    maximum: UInt64.from(request.maximum),
    validUntil: UInt32.from(request.validUntil),
    requestSignature: signatureOf(request.signature),
    execution: Execution.from(note.execution),
    taskClock: new TaskClock({
      nanoseconds: Field(taskClock),
      siblings: perfPath(note.counters, note.profile, 0).map(Field),
    }),
    exitStatus: Field(note.exitStatus),
    blinding: Field(note.blinding),
    result: Word256.fromBytes(receipt.result),
    finishedAt: UInt32.from(receipt.finishedAt),
    runnerSignature: signatureOf(note.signature),
    tree: Array.from({ length: 5 }, (_, i) =>
      Field(BigInt(`0x${commit.tree.slice(8 * i, 8 * i + 8)}`))
    ),
  });
}

const cursorOfState = ({ head, log, window }: TabState): Cursor =>
  new Cursor({
    head: Field(headField(head)),
    log: Field(log),
    window: Field(packWindow(window)),
    total: UInt64.zero,
  });

const runnerOfNote = ({ runner }: Note): PublicKey => PublicKey.fromBase58(runner);

const signatureOf = ({ r, s }: FieldSignature): Signature => Signature.fromValue({ r, s });
