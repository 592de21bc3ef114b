import { Bool, Field, Provable, PublicKey, SelfProof, Struct, UInt64, ZkProgram } from 'o1js';
import { Cursor, Job, foldJob } from '../provable/job.ts';
import { Terms, keyHash } from '../provable/terms.ts';

export { JobLog, JobLogProof, LogClaim, JOBS_PER_APPEND };

/** Jobs that one `append` adds. */
const JOBS_PER_APPEND = 2;

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

  /** Holds `next` to begin where this claim ends, under the same terms and runner. */
  assertFollowedBy(next: LogClaim): void {
    next.terms.assertEquals(this.terms, 'the two proofs have different terms');
    next.runner.assertEquals(this.runner, 'the two proofs have different runners');
    next.headBefore.assertEquals(this.headAfter, 'the second proof starts at another head');
    next.logBefore.assertEquals(this.logAfter, 'the second proof starts at another log');
    next.windowBefore.assertEquals(this.windowAfter, 'the second proof starts at another window');
  }
}

/** Folds `jobs` on top of `from`, whose total is what came before. */
function fold(terms: Terms, runner: PublicKey, from: Cursor, jobs: Job[]): Cursor {
  terms.assertBounds();
  const commitment = terms.commitment();
  return jobs.reduce((cursor, job) => foldJob(terms, commitment, runner, cursor, job), from);
}

/**
 * The log of one tab. `single` proves one job, `append` adds two to a proof or to nothing, `merge`
 * joins two proofs. Every method's output is a {@link LogClaim}.
 */
const JobLog = ZkProgram({
  name: 'runproof-job-log-1',
  publicOutput: LogClaim,
  methods: {
    single: {
      privateInputs: [Terms, PublicKey, Cursor, Job],
      async method(terms: Terms, runner: PublicKey, start: Cursor, job: Job) {
        start.total.assertEquals(UInt64.zero);
        const end = fold(terms, runner, start, [job]);
        return {
          publicOutput: LogClaim.between(terms.commitment(), keyHash(runner), start, end),
        };
      },
    },

    append: {
      privateInputs: [Terms, PublicKey, Cursor, Bool, SelfProof, Job, Job],
      async method(
        terms: Terms,
        runner: PublicKey,
        start: Cursor,
        hasPredecessor: Bool,
        predecessor: SelfProof<undefined, LogClaim>,
        first: Job,
        second: Job
      ) {
        predecessor.verifyIf(hasPredecessor);
        start.total.assertEquals(UInt64.zero);
        const before = predecessor.publicOutput;
        const from = Provable.if(
          hasPredecessor,
          Cursor,
          new Cursor({
            head: before.headAfter,
            log: before.logAfter,
            window: before.windowAfter,
            total: before.total,
          }),
          start
        );
        const end = fold(terms, runner, from, [first, second]);
        const claim = LogClaim.between(terms.commitment(), keyHash(runner), from, end);
        const isSame = claim.terms.equals(before.terms).and(claim.runner.equals(before.runner));
        hasPredecessor.not().or(isSame).assertTrue('the predecessor has other terms or runner');
        return {
          publicOutput: new LogClaim({
            ...claim,
            headBefore: Provable.if(hasPredecessor, before.headBefore, start.head),
            logBefore: Provable.if(hasPredecessor, before.logBefore, start.log),
            windowBefore: Provable.if(hasPredecessor, before.windowBefore, start.window),
          }),
        };
      },
    },

    merge: {
      privateInputs: [SelfProof, SelfProof],
      async method(first: SelfProof<undefined, LogClaim>, second: SelfProof<undefined, LogClaim>) {
        first.verify();
        second.verify();
        const [earlier, later] = [first.publicOutput, second.publicOutput];
        earlier.assertFollowedBy(later);
        return {
          publicOutput: new LogClaim({
            ...earlier,
            headAfter: later.headAfter,
            logAfter: later.logAfter,
            windowAfter: later.windowAfter,
            total: earlier.total.add(later.total),
          }),
        };
      },
    },
  },
});

class JobLogProof extends ZkProgram.Proof(JobLog) {}
