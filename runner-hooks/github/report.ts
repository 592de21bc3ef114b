export {
  type Stage,
  type Mark,
  type Report,
  type Message,
  type Answer,
  VARIABLES,
  MAX_VALUE,
  BOUGHT_MILLISECONDS,
  KNOCK,
  ReportSchema,
  MessageSchema,
  AnswerSchema,
  parseReport,
  workerKey,
  reportName,
};

import * as v from 'valibot';
import type { ProcessName } from '../record/process.ts';
import { GithubError } from './error.ts';

/** Of the runner's variables, those that say what the job is. Nothing else of the environment is written. */
const VARIABLES = [
  ...['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_SHA', 'GITHUB_REF', 'GITHUB_ACTOR'],
  ...['GITHUB_WORKFLOW_REF', 'GITHUB_WORKFLOW_SHA', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT'],
  ...['GITHUB_JOB', 'GITHUB_EVENT_NAME', 'GITHUB_WORKSPACE', 'ACTIONS_ORCHESTRATION_ID'],
] as const;
type Variable = (typeof VARIABLES)[number];
const MAX_VALUE = 4096;
/** How long the hook of a bought run waits for the agent's answer: the run goes nowhere without. */
const BOUGHT_MILLISECONDS = 30_000;

/** How the agent's pipe in the mailbox is called, before its number: see the hooks' script. */
const KNOCK = 'knock';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const short = (most: number) => v.pipe(v.string(), v.maxLength(most));
const value = v.optional(short(MAX_VALUE));
const stage = v.picklist(['started', 'completed']);
type Stage = v.InferOutput<typeof stage>;
/** Said by an empty file: values have to be hidden; containers run out of the runner's sight. */
type Mark = 'masked' | 'outside';

/** What a hook leaves in the mailbox; the agent takes it from there, now or when it is back. */
const ReportSchema = v.strictObject({
  version: v.literal(1),
  stage,
  worker: v.strictObject({
    pid: v.pipe(count, v.minValue(2)),
    startTime: v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/)),
  }),
  boot: v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/)),
  /** Unix milliseconds, and milliseconds of a clock that no job can set. */
  at: v.pipe(count, v.maxValue(99_999_999_999_999)),
  tick: count,
  /** CPU time, in milliseconds, that the worker's steps had used by then. */
  spent: count,
  variables: v.strictObject(
    Object.fromEntries(VARIABLES.map((name) => [name, value])) as Record<Variable, typeof value>
  ),
  event: v.strictObject({
    fork: v.nullable(v.boolean()),
    workflow: v.nullable(short(255)),
    ticket: v.nullable(short(64)),
  }),
  /** Only bought runs may use this runner. */
  marketOnly: v.boolean(),
  /** How many values are to be hidden, which the message brings: they are never written down. */
  masks: count,
});
type Report = v.InferOutput<typeof ReportSchema>;

/** What a hook says to the agent, one line of JSON. */
const MessageSchema = v.strictObject({
  /** File name in the mailbox that the agent listens in. */
  report: v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,10}-[0-9]{1,20}\.(started|completed|masked|outside)\.json$/)
  ),
  masks: v.pipe(v.array(short(16_384)), v.maxLength(1_000)),
});
type Message = v.InferOutput<typeof MessageSchema>;

const AnswerSchema = v.strictObject({
  accepted: v.boolean(),
  /** The agent could not tell, for a fault of its own. */
  isFault: v.optional(v.boolean()),
  /** Why not, or what is less than was hoped for. */
  reason: v.optional(short(1_024)),
  /** For the steps of the job. */
  environment: v.record(v.string(), v.string()),
});
type Answer = v.InferOutput<typeof AnswerSchema>;

const workerKey = ({ pid, startTime }: ProcessName): string => `${pid}-${startTime}`;
const reportName = (worker: ProcessName, kind: Stage | Mark): string =>
  `${workerKey(worker)}.${kind}.json`;

/** @throws {GithubError} `REPORT` */
function parseReport(text: string): Report {
  try {
    return v.parse(ReportSchema, JSON.parse(text));
  } catch (cause) {
    throw new GithubError('REPORT', 'a report in the mailbox is not what a hook writes.', {
      cause,
    });
  }
}
