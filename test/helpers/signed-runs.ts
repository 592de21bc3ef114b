import { type KeyPair, signFieldElements } from '../../contracts/chain/sign.ts';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import { runLog } from '../../contracts/formats/log.ts';
import { commitOfNote } from '../../contracts/formats/note.ts';
import { type Origin, originCommitment, originDigest } from '../../contracts/formats/origin.ts';
import { perfRoot } from '../../contracts/formats/perf.ts';
import { bodyCommitment, receiptCommitment } from '../../contracts/formats/receipt.ts';
import { type RunNote, encodeRunNote } from '../../contracts/formats/run-note.ts';
import type { LogEntry } from '../../oracle/read/entry.ts';
import { SOURCE, digest } from './signed-notes.ts';

export { type RunChoice, ORIGIN, signedRun, runEntries };

const ORIGIN: Origin = {
  version: 1,
  forge: 'github',
  host: 'git.example',
  repository: 'library/library',
  commit: SOURCE,
  workflow: { path: '.github/workflows/test.yml', sha256: 'ab'.repeat(32) },
  run: '1',
  attempt: 1,
  job: { id: null, name: 'test' },
  event: 'push',
  actor: 'ada',
  fork: false,
  ref: 'refs/heads/main',
};

interface RunChoice {
  readonly origin?: Partial<Origin>;
  readonly taskClock?: bigint | undefined;
  readonly exitStatus?: number;
  /** Signs in the runner's place. */
  readonly signer?: KeyPair;
}

/** An honest runner's note of a run, every signature and commitment real. */
function signedRun(
  runner: KeyPair,
  sequence: number,
  before: RunNote | undefined,
  choice: RunChoice = {}
): RunNote {
  const { exitStatus = 0, signer = runner } = choice;
  const taskClock = 'taskClock' in choice ? choice.taskClock : 62_000_000_001n;
  const origin: Origin = { ...ORIGIN, run: `${sequence}`, ...choice.origin };
  const execution = {
    source: new Uint8Array(32),
    input: originDigest(origin),
    phases: [
      {
        ...{ name: 'job', script: digest('workflow'), exitStatus },
        ...{ milliseconds: 61_234n, taskClock: taskClock ?? 0n },
      },
    ],
    output: digest(`output ${sequence}`),
  };
  const counters = [{ name: 'task-clock', unit: 'ns', value: taskClock }];
  const profile = digest('profile');
  const blinding = 0x1234_5678n + BigInt(sequence);
  const receipt = {
    sequence,
    request: originCommitment(runner.publicKey, origin),
    result: digest(`result ${sequence}`),
    body: bodyCommitment({
      ...{ execution: executionChain(execution), perf: perfRoot(counters, profile) },
      ...{ exitStatus, amount: 0n, blinding },
    }),
    amount: 0n,
    finishedAt: 1_790_000_000 + sequence,
  };
  return {
    ...{ receipt, origin, execution, exitStatus, counters, profile, blinding },
    runner: runner.publicKey,
    signature: signFieldElements([receiptCommitment(receipt)], signer.privateKey),
    source: origin.commit,
    previous: before === undefined ? null : rawCidOfBlock(encodeRunNote(before)),
  };
}

/** The log that a runner would have written for these runs. */
function runEntries(runner: KeyPair, choices: readonly RunChoice[]): LogEntry<RunNote>[] {
  const line: LogEntry<RunNote>[] = [];
  for (const [i, choice] of choices.entries()) {
    const note = signedRun(runner, i + 1, line.at(-1)?.note, choice);
    line.push({
      note,
      ...commitOfNote(note, line.at(-1)?.id ?? runLog(runner.publicKey).genesis.id),
    });
  }
  return line;
}
