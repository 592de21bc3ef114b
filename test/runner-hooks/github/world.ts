import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type AgentEvent, runAgent } from '../../../runner-hooks/agent/agent.ts';
import { applyPlan, planInstall } from '../../../runner-hooks/install/frame.ts';
import {
  type GithubOptions,
  githubInstallation,
  mailboxOf,
} from '../../../runner-hooks/install/github.ts';
import { type Agent, startAgent } from '../record/agent.ts';
import { type TestRunner, createRunner } from './runner.ts';

export { type World, startWorld };

/** A machine with GitHub runners, hooks on them, and the agent behind, with a real git host and IPFS node. */
interface World extends Agent {
  readonly runners: readonly TestRunner[];
  readonly runner: TestRunner;
  readonly mailbox: string;
  readonly happened: AgentEvent[];
  /** Starts the agent; the returned function ends it, as a signal does. */
  startAgent(): Promise<() => Promise<void>>;
  /** Waits for so many events of a kind. */
  until<K extends AgentEvent['kind']>(
    kind: K,
    count?: number
  ): Promise<Extract<AgentEvent, { kind: K }>[]>;
}

async function startWorld({
  runners: count = 1,
  isAway = false,
  uid,
  ...options
}: { runners?: number; isAway?: boolean; uid?: number } & Omit<
  GithubOptions,
  'runner'
> = {}): Promise<World> {
  const agent = await startAgent();
  // Its user has to get to the runner's folder in it.
  await chmod(agent.folder, 0o711);
  const runners: TestRunner[] = [];
  for (let i = 0; i < count; i++) {
    const runner = await createRunner(
      join(agent.folder, `runner-${i}`),
      onTestFinished,
      uid === undefined ? {} : { uid }
    );
    await applyPlan(await planInstall(githubInstallation({ runner: runner.folder, ...options })));
    runners.push(runner);
  }
  const mailboxes = runners.map(({ folder }) => mailboxOf(folder));
  const happened: AgentEvent[] = [];
  const start = async (): Promise<() => Promise<void>> => {
    const controller = new AbortController();
    const seen = happened.length;
    const running = runAgent({
      ...{ mailboxes, publish: agent.context, seconds: 1, signal: controller.signal },
      onEvent: (event) => happened.push(event),
    });
    const stop = async (): Promise<void> => {
      controller.abort();
      await running;
    };
    onTestFinished(stop);
    const kinds = () => happened.slice(seen).filter(({ kind }) => kind === 'listening');
    await expect.poll(() => kinds().length).toBe(count);
    return stop;
  };
  if (!isAway) await start();
  const until: World['until'] = async (kind, wanted = 1) => {
    const those = () => happened.filter((event) => event.kind === kind);
    await expect.poll(() => those().length).toBeGreaterThanOrEqual(wanted);
    return those() as never;
  };
  return {
    ...agent,
    ...{ runners, runner: runners[0]!, mailbox: mailboxes[0]!, happened },
    ...{ startAgent: start, until },
  };
}
