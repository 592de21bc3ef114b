export { type AgentOptions, type AgentEvent, runAgent };

import { setTimeout as sleep } from 'node:timers/promises';
import { type JobEvent, Jobs } from '../github/jobs.ts';
import { type AgentContext, type PublishEvent, publishPending } from '../record/publication.ts';
import { hearKnocks } from './knock.ts';
import { listenIn } from './socket.ts';

interface AgentOptions {
  /** Of the GitHub runners on this machine; a GitLab runner's hooks write into the spool themselves. */
  readonly mailboxes: readonly string[];
  readonly publish: Omit<AgentContext, 'signal' | 'onEvent' | 'isFollowed'>;
  /** Most seconds that a job may take; default six hours. */
  readonly jobSeconds?: number;
  /** Between looks at what waits to be published; default a minute. */
  readonly seconds?: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: AgentEvent) => void;
}

type AgentEvent =
  | JobEvent
  | PublishEvent
  | { readonly kind: 'listening'; readonly mailbox: string }
  /** Nothing could be published; tried again later. */
  | { readonly kind: 'waiting'; readonly reason: string };

const SIX_HOURS = 6 * 3600;
const MINUTE = 60;
/** A host that does not answer is asked less and less often. */
const MAX_WAIT = 15 * MINUTE;

/**
 * What stands behind the hooks of a machine: hears of jobs, has perf put on them, and publishes their
 * receipts outside of them. Killed at any time and started again, it goes on.
 *
 * @throws {GithubError} `MAILBOX`
 */
async function runAgent({
  mailboxes,
  publish,
  jobSeconds = SIX_HOURS,
  seconds = MINUTE,
  signal,
  onEvent,
}: AgentOptions): Promise<void> {
  const wake = bell();
  const jobs = new Jobs({
    ...{ spool: publish.spool, seconds: jobSeconds, signal },
    onEvent: (event) => {
      onEvent(event);
      if (event.kind === 'ended') wake.ring();
    },
  });
  const servers = [];
  try {
    for (const mailbox of mailboxes) {
      servers.push(await listenIn(mailbox, (message) => jobs.receive(mailbox, message)));
      servers.push(await hearKnocks(mailbox, (message) => void jobs.receive(mailbox, message)));
      onEvent({ kind: 'listening', mailbox });
    }
    let wait = seconds;
    while (!signal.aborted) {
      const isWhole = await attempt(async () => {
        await jobs.sweep(mailboxes);
        const failed = new Set<string>();
        await publishPending({
          ...publish,
          signal,
          isFollowed: jobs.isFollowed,
          onEvent: (event) => {
            if (event.kind === 'failed') failed.add(event.id);
            onEvent(event);
          },
        });
        return failed.size === 0;
      }, onEvent);
      wait = isWhole ? seconds : Math.min(2 * wait, MAX_WAIT);
      await wake.after(wait, signal);
    }
  } finally {
    for (const server of servers) await server.close();
    await jobs.idle();
  }
}

async function attempt(
  work: () => Promise<boolean>,
  onEvent: (event: AgentEvent) => void
): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    onEvent({ kind: 'waiting', reason: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** Waits for a time, or until somebody rings. */
function bell() {
  let controller = new AbortController();
  return {
    ring: (): void => controller.abort(),
    async after(seconds: number, signal: AbortSignal): Promise<void> {
      const both = AbortSignal.any([controller.signal, signal]);
      await sleep(1_000 * seconds, undefined, { signal: both }).catch(() => undefined);
      if (controller.signal.aborted) controller = new AbortController();
    },
  };
}
