export { type RunCheck, type RunEvidence, checkRun, isSameRun };

import { formatMina } from '../../contracts/formats/amount.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { type Origin, originCommitment, originDigest } from '../../contracts/formats/origin.ts';
import { TASK_CLOCK } from '../../contracts/formats/perf.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import type { LogEntry } from '../read/entry.ts';
import { type Check, type CheckId, checked, compared } from './check.ts';
import { type EntryEvidence, checkBody, checkBytes, checkRunnerSignature, hex } from './entry.ts';

/** A check of a run: some of those of a bought job, and `once`. */
type RunCheck = Omit<Check, 'id'> & { readonly id: CheckId | 'once' };

interface RunEvidence extends Pick<EntryEvidence, 'parent' | 'receiptBlock' | 'resultRoot'> {
  /** The whole log: no other entry of it may be of the same run. */
  readonly log?: readonly LogEntry<RunNote>[];
}

/**
 * Everything that can be said about a run's entry with no chain: its bytes, its place in git, the
 * runner's signature, and that receipt, body and origin belong together.
 */
function checkRun(entry: LogEntry<RunNote>, evidence: RunEvidence = {}): readonly RunCheck[] {
  const { note } = entry;
  const { receipt, origin, runner, execution, counters } = note;
  const phases = execution.phases.reduce((sum, phase) => sum + phase.taskClock, 0n);
  // What could not be counted is 0 in the phases, whose records have no room to say so.
  const counter = counters.find(({ name }) => name === TASK_CLOCK)?.value ?? 0n;
  return [
    ...checkBytes(entry, evidence),
    checked('request', () =>
      compared('request', 'origin', hex(receipt.request), hex(originCommitment(runner, origin)))
    ),
    checkRunnerSignature(note),
    compared(
      'execution',
      'input of the execution',
      toHex(execution.input),
      toHex(originDigest(origin))
    ),
    compared('task-clock', 'task clock of all phases (ns)', phases, counter),
    checkBody(note),
    compared('amount', 'amount in MINA', formatMina(receipt.amount), formatMina(0n)),
    ...(evidence.log === undefined ? [] : [checkOnce(entry, evidence.log)]),
  ];
}

/** A runner that does a job until it likes the outcome has to say so: a new attempt, or a new job. */
function checkOnce(entry: LogEntry<RunNote>, log: readonly LogEntry<RunNote>[]): RunCheck {
  const { origin } = entry.note;
  const others = log.filter(({ id, note }) => id !== entry.id && isSameRun(note.origin, origin));
  const name = `${origin.host}/${origin.repository} run ${origin.run}.${origin.attempt} ${origin.job.name}`;
  return others.length === 0
    ? { id: 'once', ok: true, detail: `one receipt for ${name}` }
    : {
        id: 'once',
        ok: false,
        detail: `${others.length + 1} receipts for ${name}: also ${others.map(({ id }) => id).join(', ')}`,
      };
}

const isSameRun = (a: Origin, b: Origin): boolean =>
  a.forge === b.forge &&
  a.host === b.host &&
  a.repository === b.repository &&
  a.run === b.run &&
  a.attempt === b.attempt &&
  a.job.id === b.job.id &&
  a.job.name === b.job.name;
