export { type Prove, type ProveContext, serveProver };

import { setPriority } from 'node:os';
import type { JobOf, ProofJob, ProofKind, ProofResult } from './job.ts';
import { type FromChild, type Progress, ToChildSchema, parseMessage } from './message.ts';

interface ProveContext {
  readonly onProgress: (progress: Progress) => void;
}

/** One function a kind of job. There is no signal: whoever loses interest kills the process. */
type Prove = {
  readonly [K in ProofKind]?: (
    job: JobOf<K>,
    context: ProveContext
  ) => Promise<Omit<ProofResult<JobOf<K>>, 'seconds'>>;
};

/** Below normal, so that a machine that proves still answers. */
const NICENESS = 10;

/** Makes this process a prover: jobs come in as messages of its parent, one after the other. */
function serveProver(prove: Prove): void {
  if (process.send === undefined)
    throw new Error('a prover is started by spawnProver, not from the command line');
  setPriority(NICENESS);
  const send = (message: FromChild): void => void process.send!(message);
  let last: Promise<void> = Promise.resolve();
  process.on('message', (message) => {
    last = last.then(() => answer(prove, message, send));
  });
  // An orphan proves for nobody.
  process.on('disconnect', () => process.exit(0));
}

async function answer(
  prove: Prove,
  message: unknown,
  send: (message: FromChild) => void
): Promise<void> {
  // A malformed message has no id to answer to: the error ends the process, which the parent sees.
  const { id, job } = parseMessage(ToChildSchema, message);
  const start = performance.now();
  try {
    const onProgress = (progress: Progress): void => send({ type: 'progress', id, progress });
    const proven = await dispatch(prove, job, { onProgress });
    const seconds = (performance.now() - start) / 1000;
    send({ type: 'done', id, result: { ...proven, seconds } as ProofResult });
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send({ type: 'failed', id, reason: reason.slice(0, 10_000) });
  }
}

function dispatch(prove: Prove, job: ProofJob, context: ProveContext): ReturnType<Run> {
  const run = prove[job.kind] as Run | undefined;
  if (run === undefined) throw new Error(`this prover has no circuit for jobs of kind ${job.kind}`);
  return run(job, context);
}
/** The function for a job's kind, as seen from where the kind is not known. */
type Run = (job: ProofJob, context: ProveContext) => Promise<object>;
