import * as v from 'valibot';

export {
  MAX_PHASES,
  EXIT,
  JobSchema,
  WorkflowSchema,
  LimitsSchema,
  type JobDefinition,
  type WorkflowDefinition,
  type Limits,
  isRelativePath,
  describeExit,
};

/** As many phases as a proof folds. */
const MAX_PHASES = 4;

/**
 * How a phase or job ended. 0–255 is the process's own exit status, 256 + n a death by signal n;
 * the rest is what the sandbox did to it. `refused` means that no phase ran: such a job is free.
 * `unknown` is for runs that nobody bought: some forges do not tell their hooks how a job ended.
 */
const EXIT = {
  signalled: 256,
  timeLimit: 512,
  memoryLimit: 513,
  outputLimit: 514,
  logLimit: 515,
  processLimit: 516,
  refused: 1024,
  unknown: 1025,
} as const;

/** A path below the work folder, in the one spelling that has no dots, doubled slashes or tricks. */
const isRelativePath = (path: string): boolean =>
  path.length <= 255 &&
  path
    .split('/')
    .every((part) => /^[A-Za-z0-9_@+.-]{1,128}$/.test(part) && !/^\.{1,2}$/.test(part));

const relativePath = v.pipe(v.string(), v.check(isRelativePath, 'expected a plain relative path'));

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a short lower-case name')
);

/** Phases run in order, stopping at the first that fails; only declared outputs are published. */
const JobSchema = v.strictObject({
  phases: v.pipe(
    v.array(
      v.strictObject({
        name,
        script: v.pipe(v.string(), v.minLength(1), v.maxLength(16_384)),
      })
    ),
    v.minLength(1),
    v.maxLength(MAX_PHASES)
  ),
  outputs: v.pipe(v.array(relativePath), v.maxLength(64)),
});
type JobDefinition = v.InferOutput<typeof JobSchema>;

/**
 * A job that a forge starts on the provider's runner: a workflow or pipeline file at the source's
 * commit, asked for on a branch or tag that stands there. It has one job, which claims the ticket.
 */
const WorkflowSchema = v.strictObject({
  workflow: relativePath,
  /** Full name of a branch or tag. */
  ref: v.pipe(
    relativePath,
    v.regex(/^refs\/(heads|tags)\/./, 'expected refs/heads/… or refs/tags/…')
  ),
  /** On GitHub names of artifacts, on GitLab paths in the job's archive; only these are published. */
  outputs: v.pipe(v.array(relativePath), v.maxLength(64)),
});
type WorkflowDefinition = v.InferOutput<typeof WorkflowSchema>;

const count = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** What a job may use at most: wall seconds, bytes, processes, and whether it sees a network. */
const LimitsSchema = v.strictObject({
  seconds: count(1, 7 * 24 * 3600),
  memoryBytes: count(16 * 2 ** 20, 2 ** 40),
  processes: count(1, 65_536),
  outputBytes: count(0, 2 ** 40),
  logBytes: count(0, 2 ** 30),
  network: v.boolean(),
});
type Limits = v.InferOutput<typeof LimitsSchema>;

/** An exit status in words. */
function describeExit(status: number): string {
  const named = Object.entries(EXIT).find(
    ([key, value]) => key !== 'signalled' && value === status
  );
  if (named !== undefined) return named[0].replace(/([A-Z])/g, ' $1').toLowerCase();
  return status >= EXIT.signalled ? `signal ${status - EXIT.signalled}` : `exit ${status}`;
}
