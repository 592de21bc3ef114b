import { setNumberOfWorkers } from 'o1js';
import { Reader } from '../../contracts/formats/bytes.ts';
import { parseNote } from '../../contracts/formats/note.ts';
import { openingState } from '../../contracts/formats/tab-state.ts';
import { type Terms, readTerms } from '../../contracts/formats/terms.ts';
import { JobLog } from '../../contracts/programs/job-log.ts';
import { proveLog } from '../../contracts/programs/prove-log.ts';
import { proveCall, refund, rotate, setPaused } from '../../contracts/zkapps/calls.ts';
import { type Circuit, compileCircuit } from '../../contracts/zkapps/compile.ts';
import type { LogClaim } from '../../requester/log-claim.ts';
import type { ProvenCall } from '../../requester/sender.ts';
import { ProverError } from './error.ts';
import type { KeyCache } from './key-files.ts';
import type { CallTask, LogTask, ProofResult, ProofTask } from './message.ts';

export { compile, prove };

// o1js leaves one core to the page, which has nothing to do but wait.
setNumberOfWorkers(Math.min(navigator.hardwareConcurrency, 16));

type Tell = (what: string, done?: number, of?: number) => void;

/** @returns the verification key's hash */
const compile = async (circuit: Circuit, cache: KeyCache): Promise<string> =>
  (await compileCircuit(circuit, { ...cache, debug: false })).hash;

const prove = (task: ProofTask, tell: Tell): Promise<ProofResult> =>
  task.kind === 'call' ? proveTask(task, tell) : proveWholeLog(task, tell);

async function proveTask(task: CallTask, tell: Tell): Promise<ProofResult> {
  const { call, node: graphql, networkId, feePayer, proofsEnabled } = task;
  tell(`proving the ${NAMES[call.kind]}`);
  const context = { graphql, networkId, feePayer, proofsEnabled };
  return { command: await proveCall(context, () => execute(call)) };
}

const NAMES = { refund: 'refund', rotate: 'rotation', pause: 'pause' } as const;

function execute(call: ProvenCall): Promise<void> {
  switch (call.kind) {
    case 'refund':
      return refund(termsOf(call.terms), call.amount);
    case 'rotate':
      return rotate(call);
    case 'pause':
      return setPaused(call);
  }
}

/** Proves a log from its genesis on, and verifies the proof. */
async function proveWholeLog(task: LogTask, tell: Tell): Promise<ProofResult> {
  const terms = termsOf(task.terms);
  const notes = task.notes.map(parseNote);
  if (new Set(notes.map(({ runner }) => runner)).size > 1)
    throw new ProverError(
      'RUNNERS',
      'the runner’s key was rotated within this log, and one proof is about one key; the entries are checked above.'
    );
  tell('proving jobs', 0, notes.length);
  const proof = await proveLog(terms, openingState(terms, 0), notes, {
    onProof: ({ jobs }, of) => tell('proving jobs', jobs, of),
  });
  tell('verifying the proof');
  if (!(await JobLog.verify(proof)))
    throw new ProverError('PROOF', 'the proof that was made does not verify.');
  const { total, ...fields } = proof.publicOutput;
  const values = Object.entries(fields).map(([name, value]) => [name, value.toBigInt()] as const);
  return { claim: { ...Object.fromEntries(values), total: total.toBigInt() } as LogClaim };
}

function termsOf(bytes: Uint8Array): Terms {
  const reader = new Reader(bytes);
  const terms = readTerms(reader);
  reader.end();
  return terms;
}
