export { type Stage, type StageOutcome, isMeasured, networkOf, runStage };

import { setTimeout as sleep } from 'node:timers/promises';
import type { Ticket } from '../record/ticket.ts';
import { descendants } from '../sandbox/process-tree.ts';
import type { SandboxLimits } from '../sandbox/limits.ts';
import { runInSandbox } from '../sandbox/sandbox.ts';
import type { Egress, EgressPolicy } from './egress.ts';
import type { JobFolder } from './job-folder.ts';
import { INSIDE, roomOf } from './room.ts';
import type { ExecutorSettings, NetworkPolicy } from './settings.ts';

/** What the runner calls the job's own script: the first by its source, the second by its documentation. */
const MEASURED = ['step_script', 'build_script'];

const isMeasured = (stage: string): boolean => MEASURED.includes(stage);

/** Stages that touch nothing but the job's own files. */
const LOCAL = ['prepare_script', 'clear_worktree', 'cleanup_file_variables'];

/** Of what `.gitlab-ci.yml` says to run, of what moves files, and of the rest. */
function networkOf(
  stage: string,
  { script, transfer }: ExecutorSettings['network']
): NetworkPolicy {
  if (LOCAL.includes(stage)) return 'none';
  const isUsers = isMeasured(stage) || stage.startsWith('step_') || stage === 'after_script';
  return isUsers ? script : transfer;
}

interface Stage {
  readonly job: JobFolder;
  readonly settings: ExecutorSettings;
  readonly limits: SandboxLimits;
  readonly network: NetworkPolicy;
  /** As the runner wrote it, for bash; or another command instead. */
  readonly script: Uint8Array;
  readonly command?: readonly string[];
  readonly ticket?: Ticket | undefined;
  readonly meter?: readonly string[];
  readonly onOutput: (chunk: Buffer) => void;
  /** Aborted when the runner wants it to end. */
  readonly cancelled: AbortSignal;
}

interface StageOutcome {
  /** See `EXIT`. */
  readonly exitStatus: number;
  readonly breach: string | undefined;
}

/** Of what the job's processes get to clean up in, once they were told to end. */
const GRACE_MILLISECONDS = 20_000;

/**
 * Runs a stage in the sandbox. When it is cancelled its processes get SIGTERM, as they would from the
 * runner's other executors, and some time; then they are killed.
 * @throws {SandboxError}
 */
async function runStage(stage: Stage): Promise<StageOutcome> {
  const { job, settings, network, ticket, cancelled } = stage;
  cancelled.throwIfAborted();
  const egress =
    network === 'forge' || network === 'public'
      ? await openEgress({
          hosts: [new URL(settings.url).host, ...settings.network.hosts],
          isPublic: network === 'public',
        })
      : undefined;
  const dead = new AbortController();
  let init: number | undefined;
  const end = (): void => {
    if (init !== undefined) for (const { pid } of descendants(init)) terminate(pid);
    void sleep(GRACE_MILLISECONDS, undefined, { ref: false }).then(() => dead.abort());
  };
  cancelled.addEventListener('abort', end);
  try {
    const room = await roomOf(job, settings, {
      ...{ script: stage.script, ticket },
      network: egress ?? network === 'host',
      environment: egress?.environment ?? (network === 'host' ? ownProxy() : {}),
    });
    const { exitStatus, breach } = await runInSandbox({
      command: stage.command ?? ['/bin/bash', INSIDE.script],
      ...{ room, limits: stage.limits, onOutput: stage.onOutput, signal: dead.signal },
      ...(stage.meter && { meter: stage.meter }),
      onStart: (pid) => {
        init = pid;
        if (cancelled.aborted) end();
      },
    });
    return { exitStatus, breach };
  } finally {
    cancelled.removeEventListener('abort', end);
    egress?.close();
  }
}

/** Loaded by the stages that have a network: each is a process of its own, which the job waits for. */
const openEgress = async (policy: EgressPolicy): Promise<Egress> =>
  (await import('./egress.ts')).openEgress(policy);

/** How this machine reaches others, for those who see what it sees. */
const ownProxy = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(https?|all|no)_proxy$/i.test(name) && value !== undefined ? [[name, value]] : []
    )
  );

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}
