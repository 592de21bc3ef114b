import { Bool, Field, type JsonProof, type Proof } from 'o1js';
import type { Note } from '../formats/note.ts';
import type { TabState } from '../formats/tab-state.ts';
import type { Terms as PlainTerms } from '../formats/terms.ts';
import { termsCommitment } from '../formats/terms.ts';
import { Terms, keyHash } from '../provable/terms.ts';
import { Batch, JOBS_PER_APPEND, JobLog, JobLogProof, LogClaim } from './job-log.ts';
import { cursorOfState, jobOfNote, runnerOfNote } from './job-of-note.ts';

export { planLog, proveLog, type ProveOptions, type PartialProof };

/** A proof of the first `jobs` notes, kept so that proving can go on after a stop. */
interface PartialProof {
  readonly jobs: number;
  readonly proof: JsonProof;
}

interface ProveOptions {
  readonly signal?: AbortSignal;
  /** Where a former run got to, for the same notes on the same state. */
  readonly resume?: PartialProof;
  /** Called after each proof: what is done of how many. */
  readonly onProof?: (partial: PartialProof, jobs: number) => void | Promise<void>;
}

/** Sizes of the steps that prove `jobs` jobs after `done`: one alone, else as many as fit. */
function planLog(jobs: number, done = 0): readonly number[] {
  const rest = Math.max(0, jobs - done);
  const full = Math.floor(rest / JOBS_PER_APPEND);
  const last = rest % JOBS_PER_APPEND;
  return [...Array<number>(full).fill(JOBS_PER_APPEND), ...(last === 0 ? [] : [last])];
}

/**
 * Proves that `notes`, oldest first, continue the log of a tab from its settled `state`. The circuit
 * must be compiled.
 */
async function proveLog(
  plainTerms: PlainTerms,
  state: TabState,
  notes: readonly Note[],
  { signal, resume, onProof }: ProveOptions = {}
): Promise<JobLogProof> {
  if (notes.length === 0) throw new RangeError('there is no job to prove');
  const terms = Terms.from(plainTerms);
  const runner = runnerOfNote(notes[0]!);
  const start = cursorOfState(state);
  const jobs = notes.map(jobOfNote);
  const { single, append } = JobLog.proofsEnabled ? JobLog : WITHOUT_PROOFS;

  let done = resume?.jobs ?? 0;
  let proof: Proof<undefined, LogClaim> | undefined =
    resume && (await JobLogProof.fromJSON(resume.proof));
  for (const size of planLog(jobs.length, done)) {
    signal?.throwIfAborted();
    const batch = jobs.slice(done, done + size);
    const step =
      jobs.length === 1
        ? await single(terms, runner, start, batch[0]!)
        : await append(
            terms,
            runner,
            start,
            Bool(proof !== undefined),
            proof ?? (await noPredecessor(plainTerms, state, runner)),
            Batch.from(batch)
          );
    proof = step.proof;
    done += size;
    await onProof?.({ jobs: done, proof: proof.toJSON() }, jobs.length);
  }
  return new JobLogProof(proof!);
}

/**
 * The methods alone, for when proofs are off. o1js would analyse all circuits first, 20 seconds, to learn
 * how many proofs they verify.
 */
const WITHOUT_PROOFS: Pick<typeof JobLog, 'single' | 'append'> = {
  single: async (...args) => unproven(await raw.single(...(args as Inputs<'single'>))),
  append: async (...args) => unproven(await raw.append(...(args as unknown as Inputs<'append'>))),
};
const raw = JobLog.rawMethods;
type Inputs<M extends keyof typeof raw> = Parameters<(typeof raw)[M]>;

/** A proof of nothing that says what a method says. */
const unproven = async ({ publicOutput }: { publicOutput: LogClaim }) => ({
  proof: await JobLogProof.dummy(undefined, publicOutput, 2, 15),
  auxiliaryOutput: undefined,
});

/** Stands where `append` takes a predecessor and is told that there is none. */
async function noPredecessor(
  terms: PlainTerms,
  state: TabState,
  runner: Parameters<typeof keyHash>[0]
): Promise<JobLogProof> {
  const start = cursorOfState(state);
  const claim = LogClaim.between(Field(termsCommitment(terms)), keyHash(runner), start, start);
  return JobLogProof.dummy(undefined, claim, 2, 15);
}
