import * as v from 'valibot';
import { check } from '../contracts/formats/json.ts';
import { EXIT, describeExit } from '../contracts/formats/job.ts';
import { isKey } from '../contracts/formats/key.ts';
import type { Origin } from '../contracts/formats/origin.ts';
import type { RunNote } from '../contracts/formats/run-note.ts';
import type { LogEntry } from '../oracle/read/entry.ts';
import { checkBudgets } from './budget.ts';

export {
  MAX_POLICY_BYTES,
  type Policy,
  type PolicyId,
  type Ruling,
  parsePolicy,
  candidates,
  judge,
};

const MAX_POLICY_BYTES = 64 * 1024;

const list = <S extends v.GenericSchema>(item: S) =>
  v.pipe(v.array(item), v.minLength(1), v.maxLength(256));
const pattern = v.pipe(v.string(), v.regex(/^[^\s]{1,255}$/, 'expected a name, * for any part'));
const id = (digits: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hex digits`));
const counter = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a counter’s name'));

/** What a receipt has to be for somebody to rely on it. What is left out is not asked for. */
const PolicySchema = v.strictObject({
  version: v.literal(1),
  /**
   * Whose receipts count. `last` is the last commit of the log that does: of a key that was lost or
   * revoked nothing later counts, whatever time it says. The log has to go through it.
   */
  runners: list(
    v.strictObject({
      key: v.pipe(v.string(), v.check(isKey, 'expected a public key (B62…)')),
      last: v.optional(id(40)),
    })
  ),
  /** `host/owner/name`, `*` for any text without a slash at its place. */
  sources: v.optional(list(pattern)),
  /** Full names of branches and tags; `*` likewise, `**` with slashes. */
  refs: v.optional(list(pattern)),
  events: v.optional(list(pattern)),
  workflows: v.optional(list(v.strictObject({ path: pattern, sha256: v.optional(id(64)) }))),
  /** Runs of code from forks, or of code that may be from one. Default false. */
  forks: v.optional(v.boolean(), false),
  /** Exit statuses that will do; 1025 where the forge does not tell. Default 0. */
  exit: v.optional(
    list(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(EXIT.unknown))),
    [0]
  ),
  /** The commit has to lie on a branch or tag of the clone: one that was pushed away does not. */
  reachable: v.optional(v.boolean(), false),
  budgets: v.optional(
    list(
      v.strictObject({
        counter,
        most: v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,19})$/, 'expected a decimal number')),
      })
    )
  ),
  /**
   * A counter may not pass median + `deviations` · MAD of the `window` runs before it that the same job of
   * the same workflow made on this runner, or `slack` per cent above the median if that is more. Fewer than `runs` are not judged.
   */
  regression: v.optional(
    v.strictObject({
      counters: list(counter),
      runs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(3), v.maxValue(1_000)), 8),
      window: v.optional(v.pipe(v.number(), v.integer(), v.minValue(3), v.maxValue(1_000)), 50),
      deviations: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100)), 5),
      slack: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000)), 2),
    })
  ),
});
type Policy = v.InferOutput<typeof PolicySchema>;

type PolicyId =
  | 'runner'
  | 'source'
  | 'ref'
  | 'event'
  | 'workflow'
  | 'fork'
  | 'exit'
  | 'reachable'
  | 'budget'
  | 'regression';

/** One rule of the policy, held against one run. */
interface Ruling {
  readonly id: PolicyId;
  readonly ok: boolean;
  readonly detail: string;
}

/** @throws FormatError `SHAPE` naming the member that is wrong */
const parsePolicy = (value: unknown): Policy => check(PolicySchema, value, 'policy');

/**
 * Holds a run against every rule, whatever the ones before it found.
 *
 * @param log the runner's whole log, for what earlier runs counted
 * @param branches that the commit lies on in the clone; `null` where there is no clone, `undefined` where
 * the clone has no such commit
 */
function judge(
  policy: Policy,
  entry: LogEntry<RunNote>,
  log: readonly LogEntry<RunNote>[],
  branches: readonly string[] | null | undefined
): readonly Ruling[] {
  const { origin, exitStatus } = entry.note;
  const index = log.indexOf(entry);
  return [
    judgeRunner(policy, entry, log),
    ...judgeOrigin(policy, origin),
    {
      id: 'exit',
      ok: policy.exit.includes(exitStatus),
      detail: `${describeExit(exitStatus)}, allowed: ${policy.exit.map(describeExit).join(', ')}`,
    },
    ...(policy.reachable ? [judgeReach(origin, branches)] : []),
    ...checkBudgets(
      policy,
      entry.note,
      log
        .slice(0, Math.max(index, 0))
        .map(({ note }) => note)
        // A stranger's slow runs, or failed ones, must not make room for slower ones of ours.
        .filter(
          (note) =>
            policy.exit.includes(note.exitStatus) &&
            isSameJob(note.origin, origin) &&
            judgeOrigin(policy, note.origin).every(({ ok }) => ok)
        )
    ),
  ];
}

/**
 * Of a source commit's runs those that the policy is about, and of each job the newest: a run by another
 * runner, for another event or from a fork says nothing against one that will do, and an attempt that
 * failed is made good by the next.
 */
function candidates(
  policy: Policy,
  entries: readonly LogEntry<RunNote>[],
  commit: string
): readonly LogEntry<RunNote>[] {
  const about = entries.filter(
    ({ id, note }) =>
      id === commit ||
      (policy.runners.some(({ key }) => key === note.runner) &&
        judgeOrigin(policy, note.origin).every(({ ok }) => ok))
  );
  return about.filter(
    ({ note }, i) =>
      !about.some(
        (later, j) =>
          j > i &&
          isSameJob(later.note.origin, note.origin) &&
          later.note.origin.event === note.origin.event &&
          later.note.origin.ref === note.origin.ref
      )
  );
}

const isSameJob = (a: Origin, b: Origin): boolean =>
  a.host === b.host &&
  a.repository === b.repository &&
  a.workflow.path === b.workflow.path &&
  a.job.name === b.job.name;

function judgeRunner(
  { runners }: Policy,
  { id: commit, note }: LogEntry<RunNote>,
  log: readonly LogEntry<RunNote>[]
): Ruling {
  const allowed = runners.filter(({ key }) => key === note.runner);
  const said = (ok: boolean, detail: string): Ruling => ({ id: 'runner', ok, detail });
  if (allowed.length === 0) return said(false, `runner ${note.runner} is none of those allowed`);
  for (const { last } of allowed) {
    if (last === undefined) continue;
    const end = log.findIndex(({ id: other }) => other === last);
    if (end < 0)
      return said(false, `the log of ${note.runner} does not go through ${last}: it was rewritten`);
    if (log.findIndex(({ id: other }) => other === commit) > end)
      return said(false, `runner ${note.runner} is not trusted after ${last}`);
  }
  return said(true, `runner ${note.runner} is allowed`);
}

function judgeOrigin(policy: Policy, origin: Origin): readonly Ruling[] {
  const { sources, refs, events, workflows, forks } = policy;
  const source = `${origin.host}/${origin.repository}`;
  const { path, sha256 } = origin.workflow;
  const oneOf = (id: PolicyId, value: string, allowed: readonly string[] | undefined): Ruling[] =>
    allowed === undefined
      ? []
      : [
          {
            id,
            ok: allowed.some((pattern) => matches(pattern, value)),
            detail: `${id} ${value}, allowed: ${allowed.join(', ')}`,
          },
        ];
  return [
    ...oneOf('source', source, sources),
    ...oneOf('ref', origin.ref, refs),
    ...oneOf('event', origin.event, events),
    ...(workflows === undefined
      ? []
      : [
          {
            id: 'workflow' as const,
            ok: workflows.some(
              (allowed) =>
                matches(allowed.path, path) &&
                (allowed.sha256 === undefined || allowed.sha256 === sha256)
            ),
            detail: `workflow ${path} (${sha256 ?? 'not read'}), allowed: ${workflows
              .map((allowed) => `${allowed.path}${allowed.sha256 ? ` (${allowed.sha256})` : ''}`)
              .join(', ')}`,
          },
        ]),
    {
      id: 'fork',
      // Where the runner could not tell, it may have been one.
      ok: forks || origin.fork === false,
      detail: `${origin.fork === null ? 'perhaps from a fork' : origin.fork ? 'from a fork' : 'from no fork'}, ${forks ? 'which does not matter' : 'forks are refused'}`,
    },
  ];
}

function judgeReach({ commit }: Origin, branches: readonly string[] | null | undefined): Ruling {
  const said = (ok: boolean, detail: string): Ruling => ({ id: 'reachable', ok, detail });
  if (branches === null)
    return said(false, 'no clone to look for the commit in; name one with --source');
  if (branches === undefined)
    return said(false, `the clone has no commit ${commit}: it was pushed away, or never fetched`);
  return branches.length === 0
    ? said(false, `commit ${commit} lies on no branch or tag any more: it was pushed away`)
    : said(true, `commit ${commit} lies on ${branches.slice(0, 3).join(', ')}`);
}

/** `*` stands for any text without a slash, `**` for any text. */
function matches(pattern: string, value: string): boolean {
  const parts = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    );
  return new RegExp(`^${parts.join('')}$`, 'su').test(value);
}
