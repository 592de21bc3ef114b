export { type EventFacts, MAX_EVENT_BYTES, factsOf };

import * as v from 'valibot';

/** What is taken of an event's payload, before any step of the job has run. */
interface EventFacts {
  /** Whether the code came from a fork; `null` where the payload does not tell. */
  readonly fork: boolean | null;
  /** Path of the workflow file, which few events name. */
  readonly workflow: string | null;
  /** Id of a bought run's ticket. */
  readonly ticket: string | null;
}

/** GitHub caps a payload at 25 MB. */
const MAX_EVENT_BYTES = 32 * 2 ** 20;

const NOTHING: EventFacts = { fork: null, workflow: null, ticket: null };

/** `null` where the fork has been deleted since. */
const Repository = v.nullable(v.object({ id: v.number() }));
const Payload = v.object({
  repository: v.optional(Repository),
  pull_request: v.optional(
    v.object({ head: v.object({ repo: Repository }), base: v.object({ repo: Repository }) })
  ),
  workflow_run: v.nullish(v.object({ head_repository: v.optional(Repository) })),
  issue: v.optional(v.object({ pull_request: v.optional(v.unknown()) })),
  /** A path where a workflow was dispatched; of a workflow's run an object. */
  workflow: v.optional(v.unknown()),
  inputs: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});

/** @param payload whatever the event file held */
function factsOf(payload: unknown): EventFacts {
  const parsed = v.safeParse(Payload, payload);
  if (!parsed.success) return NOTHING;
  const { inputs, workflow } = parsed.output;
  const ticket = inputs?.runproof_ticket;
  return {
    fork: isFork(parsed.output),
    workflow: typeof workflow === 'string' && workflow.length <= 255 ? workflow : null,
    ticket: typeof ticket === 'string' && /^[0-9a-f]{32}$/.test(ticket) ? ticket : null,
  };
}

/** A pull request, or a run that came after one's: everything else is the repository's own. */
function isFork(payload: v.InferOutput<typeof Payload>): boolean | null {
  const { pull_request: request, workflow_run: run, issue, repository } = payload;
  if (request !== undefined) return request.head.repo?.id !== request.base.repo?.id;
  // The run that made a deployment does not say whose it was.
  if (run && run.head_repository === undefined) return null;
  if (run) return run.head_repository?.id !== repository?.id;
  // A comment on a pull request: workflows like to check its head out, which the payload does not name.
  return issue?.pull_request === undefined ? false : null;
}
