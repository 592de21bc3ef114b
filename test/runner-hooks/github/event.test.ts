import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../runner-hooks/github/event.ts';

/** Real payloads, as GitHub sends them and as the runner puts them into `GITHUB_EVENT_PATH`. */
const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  name: string;
  examples: unknown[];
}[];
const examples = (name: string): unknown[] => events.find((event) => event.name === name)!.examples;

type Request = { pull_request: { head: { repo: { id: number } | null } } };

describe('the facts of an event', () => {
  it('say of every real payload of a repository’s own event that it comes from no fork', () => {
    for (const name of ['push', 'workflow_dispatch', 'release', 'schedule', 'create'])
      for (const payload of events.find((event) => event.name === name)?.examples ?? [])
        expect([name, factsOf(payload).fork]).toEqual([name, false]);
  });

  it('say of every real pull request whose head it is', () => {
    const payloads = examples('pull_request') as Request[];
    expect(payloads.length).toBeGreaterThan(10);
    for (const payload of payloads) {
      expect(factsOf(payload).fork).toBe(false);
      const { head } = payload.pull_request;
      const from = (repo: { id: number } | null) =>
        factsOf({ ...payload, pull_request: { ...payload.pull_request, head: { ...head, repo } } });
      expect(from({ id: 4 }).fork).toBe(true);
      // The fork has been deleted since.
      expect(from(null).fork).toBe(true);
    }
  });

  it('take a run that came after a fork’s for a fork’s', () => {
    const payloads = examples('workflow_run') as {
      workflow_run: { head_repository: { id: number } };
      repository: { id: number };
    }[];
    const isFork = payloads.map(
      ({ workflow_run: run, repository }) => run.head_repository.id !== repository.id
    );
    // Of those that GitHub's users have contributed, one is of a fork.
    expect(new Set(isFork)).toEqual(new Set([true, false]));
    expect(payloads.map((payload) => factsOf(payload).fork)).toEqual(isFork);
  });

  it('do not guess whose run made a deployment', () => {
    const payloads = examples('deployment') as { workflow_run?: object | null }[];
    for (const payload of payloads)
      expect(factsOf(payload).fork).toBe(payload.workflow_run ? null : false);
  });

  it('do not guess what a comment on a pull request makes a workflow check out', () => {
    const comments = examples('issue_comment') as { issue: { pull_request?: object } }[];
    for (const payload of comments) {
      const { issue } = payload;
      expect(factsOf({ ...payload, issue: { ...issue, pull_request: {} } }).fork).toBeNull();
      expect(factsOf({ ...payload, issue: { ...issue, pull_request: undefined } }).fork).toBe(
        false
      );
    }
  });

  it('hold a dispatch’s ticket and file, and nothing that only looks like one', () => {
    const [payload] = examples('workflow_dispatch') as { inputs: object; workflow: string }[];
    const ticket = 'ab'.repeat(16);
    const facts = factsOf({ ...payload, inputs: { runproof_ticket: ticket } });
    expect(facts).toEqual({ fork: false, ticket, workflow: payload!.workflow });
    for (const other of ['AB'.repeat(16), ticket + '0', '../x', 7, null, [ticket]])
      expect(factsOf({ inputs: { runproof_ticket: other } }).ticket).toBeNull();
    expect(factsOf({ inputs: null }).ticket).toBeNull();
  });

  it('are none of what is no payload', () => {
    const none = { fork: null, workflow: null, ticket: null };
    const bad = [undefined, null, 'x', 7, { pull_request: {} }, { pull_request: { head: 1 } }];
    for (const payload of bad) expect(factsOf(payload)).toEqual(none);
    const nested = { pull_request: { head: { repo: { id: '1' } }, base: { repo: { id: '1' } } } };
    expect(factsOf(nested)).toEqual(none);
  });
});
