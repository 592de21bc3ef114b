import { Bool, Field, Provable, PublicKey, SelfProof, Struct, UInt64, ZkProgram } from 'o1js';
import { Cursor, Job, foldJob } from '../provable/job.ts';
import { Terms, keyHash } from '../provable/terms.ts';

export { JobLog, JobLogProof, LogClaim, Batch, JOBS_PER_APPEND };

/** Jobs that one `append` adds at most: as many as 65,536 rows hold next to a verifier. */
const JOBS_PER_APPEND = 3;

/** One to three jobs. What stands in an unused place is ignored, so it holds the first job again. */
class Batch extends Struct({
  jobs: Provable.Array(Job, JOBS_PER_APPEND),
  isUsed: Provable.Array(Bool, JOBS_PER_APPEND),
}) {
  static from(jobs: readonly Job[]): Batch {
    const places = Array.from({ length: JOBS_PER_APPEND }, (_, i) => i);
    return new Batch({
      jobs: places.map((i) => jobs[i] ?? jobs[0]!),
      isUsed: places.map((i) => Bool(i < jobs.length)),
    });
  }
}

/** What a proof says: under these terms, by this runner, the log goes from here to there and costs this. */
class LogClaim extends Struct({
  terms: Field,
  /** See `keyHash`. */
  runner: Field,
  headBefore: Field,
  headAfter: Field,
  logBefore: Field,
  logAfter: Field,
  windowBefore: Field,
  windowAfter: Field,
  /** Nanomina for all jobs in between. */
  total: UInt64,
}) {
  static between(terms: Field, runner: Field, from: Cursor, to: Cursor): LogClaim {
    return new LogClaim({
      terms,
      runner,
      headBefore: from.head,
      headAfter: to.head,
      logBefore: from.log,
      logAfter: to.log,
      windowBefore: from.window,
      windowAfter: to.window,
      total: to.total,
    });
  }

  /** Where the proven part begins; nothing is paid yet. */
  start(): Cursor {
    const { headBefore: head, logBefore: log, windowBefore: window } = this;
    return new Cursor({ head, log, window, total: UInt64.zero });
  }

  /** Where it ends, with what it costs. */
  end(): Cursor {
    const { headAfter: head, logAfter: log, windowAfter: window, total } = this;
    return new Cursor({ head, log, window, total });
  }

  /** Holds `next` to begin where this claim ends, under the same terms and runner. */
  assertFollowedBy(next: LogClaim): void {
    next.terms.assertEquals(this.terms, 'the two proofs have different terms');
    next.runner.assertEquals(this.runner, 'the two proofs have different runners');
    next.headBefore.assertEquals(this.headAfter, 'the second proof starts at another head');
    next.logBefore.assertEquals(this.logAfter, 'the second proof starts at another log');
    next.windowBefore.assertEquals(this.windowAfter, 'the second proof starts at another window');
  }
}

/**
 * The log of one tab. `single` proves one job, `append` adds one to three to a proof or to nothing,
 * `merge` joins two proofs. Every method's output is a {@link LogClaim}.
 */
const JobLog = ZkProgram({
  name: 'runproof-job-log-1',
  publicOutput: LogClaim,
  methods: {
    single: {
      privateInputs: [Terms, PublicKey, Cursor, Job],
      async method(terms: Terms, runner: PublicKey, start: Cursor, job: Job) {
        start.total.assertEquals(UInt64.zero);
        terms.assertBounds();
        const commitment = terms.commitment();
        const end = foldJob(terms, commitment, runner, start, job);
        return { publicOutput: LogClaim.between(commitment, keyHash(runner), start, end) };
      },
    },

    append: {
      privateInputs: [Terms, PublicKey, Cursor, Bool, SelfProof, Batch],
      async method(
        terms: Terms,
        runner: PublicKey,
        start: Cursor,
        hasPredecessor: Bool,
        predecessor: SelfProof<undefined, LogClaim>,
        { jobs, isUsed }: Batch
      ) {
        predecessor.verifyIf(hasPredecessor);
        start.total.assertEquals(UInt64.zero);
        const before = predecessor.publicOutput;
        terms.assertBounds();
        const commitment = terms.commitment();
        const key = keyHash(runner);
        const isSame = before.terms.equals(commitment).and(before.runner.equals(key));
        hasPredecessor.not().or(isSame).assertTrue('the predecessor has other terms or runner');

        const origin = Provable.if(hasPredecessor, Cursor, before.start(), start);
        const from = Provable.if(hasPredecessor, Cursor, before.end(), start);
        // An unused place folds again what stands first, where it stood first: that holds, and counts
        // for nothing.
        isUsed[0]!.assertTrue('the first place of a batch has to be used');
        const end = jobs.reduce((cursor, job, i) => {
          const at = Provable.if(isUsed[i]!, Cursor, cursor, from);
          return Provable.if(
            isUsed[i]!,
            Cursor,
            foldJob(terms, commitment, runner, at, job),
            cursor
          );
        }, from);
        return { publicOutput: LogClaim.between(commitment, key, origin, end) };
      },
    },

    merge: {
      privateInputs: [SelfProof, SelfProof],
      async method(first: SelfProof<undefined, LogClaim>, second: SelfProof<undefined, LogClaim>) {
        first.verify();
        second.verify();
        const [earlier, later] = [first.publicOutput, second.publicOutput];
        earlier.assertFollowedBy(later);
        const end = later.end();
        end.total = earlier.total.add(later.total);
        const publicOutput = LogClaim.between(earlier.terms, earlier.runner, earlier.start(), end);
        return { publicOutput };
      },
    },
  },
});

class JobLogProof extends ZkProgram.Proof(JobLog) {}
