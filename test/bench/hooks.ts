export { measureHooks };

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair, signFieldElements } from '../../contracts/chain/sign.ts';
import type { Origin } from '../../contracts/formats/origin.ts';
import { openNode } from '../../ipfs/node.ts';
import { runAgent } from '../../runner-hooks/agent/agent.ts';
import { contentOn } from '../../runner-hooks/daemon/ipfs-content.ts';
import { applyPlan, planInstall } from '../../runner-hooks/install/frame.ts';
import { githubInstallation, mailboxOf } from '../../runner-hooks/install/github.ts';
import { attachMeters, stopMeters } from '../../runner-hooks/record/attach.ts';
import { begin } from '../../runner-hooks/record/begin.ts';
import { type AgentContext, publishPending } from '../../runner-hooks/record/publication.ts';
import { removeTree } from '../../runner-hooks/sandbox/folders.ts';
import { startGit } from '../../scripts/network/git.ts';
import { createRunner } from '../runner-hooks/github/runner.ts';

const CPU_BOUND = `
  let x = 1;
  for (let i = 0; i < 6e8; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;`;
/** As a configure script or a make of small files: processes of some milliseconds, one after the other. */
const FORK_HEAVY = `
  for ((i = 0; i < 60; i++)); do
    awk 'BEGIN { for (i = 0; i < 40000; i++) x += i * i }'
    sed -n 's/a/b/p' /etc/hostname | cat
  done`;

interface HookFigures {
  /** Milliseconds of both hooks together on an empty job, and of two hooks that do nothing. */
  readonly hooks: number;
  readonly emptyHooks: number;
  readonly receiptsPerMinute: number;
  /** Medians of paired ratios of wall time, sampled over not. */
  readonly cpuBound: number;
  readonly forkHeavy: number;
}

/** What the hooks of a GitHub runner cost its jobs, with the real agent behind them. */
async function measureHooks(rounds: number): Promise<HookFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-bench-'));
  const undo: (() => unknown)[] = [];
  try {
    const token = 'a-token-for-benchmarks';
    const git = await startGit({ root: join(folder, 'git'), token });
    undo.push(() => git.stop());
    const node = await openNode({ folder: join(folder, 'node'), listen: [] });
    undo.push(() => node.stop());
    const key = generateKeyPair();
    const publish: AgentContext = {
      spool: join(folder, 'spool'),
      key: {
        publicKey: key.publicKey,
        sign: (commitment) => signFieldElements([commitment], key.privateKey),
      },
      content: contentOn(node),
      log: {
        repository: await git.createRepository('log.git'),
        ...{ token, folder: join(folder, 'clone') },
      },
    };
    await mkdir(publish.spool);
    const runner = await createRunner(join(folder, 'runner'), (end) => undo.push(end));
    const hooks = await measureJobs(runner, publish, rounds);
    return {
      ...hooks,
      receiptsPerMinute: await measureReceipts(publish, 2 * rounds),
      cpuBound: await measureSampling(folder, 'node', CPU_BOUND, rounds),
      // Short and many, since what else the machine does changes within a second.
      forkHeavy: await measureSampling(folder, 'bash', FORK_HEAVY, 4 * rounds),
    };
  } finally {
    for (const end of undo.reverse()) await end();
    await removeTree(folder);
  }
}

type Runner = Awaited<ReturnType<typeof createRunner>>;

/** Jobs with our hooks and with hooks that do nothing, in turn. */
async function measureJobs(
  runner: Runner,
  publish: AgentContext,
  rounds: number
): Promise<Pick<HookFigures, 'hooks' | 'emptyHooks'>> {
  // Not in its .env: the rounds below start them themselves.
  await applyPlan(await planInstall(githubInstallation({ runner: runner.folder })));
  await rm(join(runner.folder, '.env'));
  const controller = new AbortController();
  let ended = 0;
  const running = runAgent({
    mailboxes: [mailboxOf(runner.folder)],
    ...{ publish, seconds: 3_600, signal: controller.signal },
    onEvent: ({ kind }) => {
      if (kind === 'ended') ended++;
    },
  });
  await sleep(500);
  const script = (stage: string): string => join(runner.folder, '.runproof', `job-${stage}.sh`);
  const ours: number[] = [];
  const none: number[] = [];
  // Of the first, files are not in memory yet.
  for (let i = 0; i <= rounds; i++) {
    const job = await runner.startJob({ environment: { GITHUB_RUN_ID: `${i + 1}` } });
    const timed = async (...scripts: string[]): Promise<number> => {
      const start = performance.now();
      for (const path of scripts) await job.step(`bash --noprofile --norc -e -o pipefail ${path}`);
      return performance.now() - start;
    };
    none.push(await timed('/dev/null', '/dev/null'));
    ours.push(await timed(script('started'), script('completed')));
    await job.kill();
    while (ended <= i) await sleep(50);
  }
  controller.abort();
  await running;
  return { hooks: median(ours.slice(1)), emptyHooks: median(none.slice(1)) };
}

async function measureReceipts(publish: AgentContext, count: number): Promise<number> {
  await publishPending(publish);
  for (let i = 0; i < count; i++) {
    const run = await begin(publish.spool, { ...ORIGIN, run: `${10_000 + i}` });
    await run.end({ exitStatus: 0, masks: [] });
  }
  const start = performance.now();
  const published = await publishPending(publish);
  if (published.length !== count) throw new Error(`${published.length} of ${count} were published`);
  return (60_000 * count) / (performance.now() - start);
}

/** Wall time of a script under perf that was attached from outside, over that of the same without. */
async function measureSampling(
  folder: string,
  program: 'node' | 'bash',
  script: string,
  rounds: number
): Promise<number> {
  const run = async (isSampled: boolean): Promise<number> => {
    const child = spawn(
      'bash',
      ['-c', 'read; "$@"; echo', 'job', program, program === 'node' ? '-e' : '-c', script],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      }
    );
    const place = await mkdtemp(join(folder, 'meter-'));
    const { meters } = isSampled ? await attachMeters([child.pid!], place, 3_600) : { meters: [] };
    const start = performance.now();
    child.stdin.write('\n');
    await onceClosed(child.stdout);
    const wall = performance.now() - start;
    await stopMeters(meters);
    return wall;
  };
  const ratios: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const [first, second] = [i % 2 === 0, i % 2 === 1];
    const a = await run(first);
    const b = await run(second);
    ratios.push(first ? a / b : b / a);
  }
  return median(ratios);
}

const onceClosed = async (stream: NodeJS.ReadableStream): Promise<void> => {
  stream.resume();
  await once(stream, 'end');
};

const ORIGIN: Origin = {
  ...{ version: 1, forge: 'github', host: 'git.example', repository: 'library/library' },
  commit: '0123456789abcdef0123456789abcdef01234567',
  workflow: { path: '.github/workflows/build.yml', sha256: null },
  ...{ run: '1', attempt: 1, job: { id: null, name: 'build' }, event: 'push', actor: 'ada' },
  ...{ fork: false, ref: 'refs/heads/main' },
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
