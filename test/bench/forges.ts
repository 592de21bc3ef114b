export { type ForgeFigures, measureForges };

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair, signFieldElements } from '../../contracts/chain/sign.ts';
import { openNode } from '../../ipfs/node.ts';
import { runAgent } from '../../runner-hooks/agent/agent.ts';
import { contentOn } from '../../runner-hooks/daemon/ipfs-content.ts';
import { runOnForge } from '../../runner-hooks/driver/forge-job.ts';
import { githubForge } from '../../runner-hooks/driver/github.ts';
import { gitlabForge } from '../../runner-hooks/driver/gitlab.ts';
import type { Driver, JobRequest } from '../../runner-hooks/driver/job.ts';
import { applyPlan, planInstall } from '../../runner-hooks/install/frame.ts';
import { githubInstallation, mailboxOf } from '../../runner-hooks/install/github.ts';
import { findRunner, gitlabInstallation } from '../../runner-hooks/install/gitlab.ts';
import { startGithub } from '../../scripts/network/github/github.ts';
import { createRunner as createGithubRunner } from '../../scripts/network/github/runner.ts';
import { startGitlab } from '../../scripts/network/gitlab/gitlab.ts';
import { createRunner as createGitlabRunner } from '../../scripts/network/gitlab/runner.ts';

/** Seconds of an empty job, medians. */
interface ForgeFigures {
  /** From asking the forge for the run to where its hook has claimed the ticket. */
  readonly toClaim: number;
  /** From asking to where the driver has accepted the run and taken its outcome. */
  readonly toAccepted: number;
}

const TOKEN = 'a-token-for-benchmarks';
const REPOSITORY = 'bench/empty';
const WORKFLOW = `name: Market
run-name: \${{ inputs.runproof_ticket }}
on: { workflow_dispatch: { inputs: { runproof_ticket: { required: true } } } }
jobs: { build: { runs-on: self-hosted, steps: [{ run: 'true' }] } }
`;

/** Jobs that do nothing, by both drivers, against forges and runners on loopback with the real hooks. */
async function measureForges(
  rounds: number
): Promise<{ readonly github: ForgeFigures; readonly gitlab: ForgeFigures }> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-bench-'));
  try {
    return {
      github: await onGithub(join(folder, 'github'), rounds),
      gitlab: await onGitlab(join(folder, 'gitlab'), rounds),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onGithub(folder: string, rounds: number): Promise<ForgeFigures> {
  const spool = join(folder, 'spool');
  await mkdir(spool, { recursive: true });
  const runner = await createGithubRunner(join(folder, 'runner'));
  await applyPlan(await planInstall(githubInstallation({ runner: runner.folder })));
  const github = await startGithub({ folder: join(folder, 'git'), token: TOKEN, runner });
  const node = await openNode({ folder: join(folder, 'node'), listen: [] });
  const key = generateKeyPair();
  const stop = new AbortController();
  const running = runAgent({
    mailboxes: [mailboxOf(runner.folder)],
    publish: {
      ...{ spool, content: contentOn(node) },
      key: {
        publicKey: key.publicKey,
        sign: (commitment) => signFieldElements([commitment], key.privateKey),
      },
      // Nothing is published: each run has a ticket.
      log: {
        repository: 'http://127.0.0.1:9/log.git',
        token: TOKEN,
        folder: join(folder, 'clone'),
      },
    },
    ...{ seconds: 3_600, signal: stop.signal, onEvent: () => undefined },
  });
  try {
    await sleep(500);
    const path = '.github/workflows/market.yml';
    const commit = await github.repositories.commit(REPOSITORY, { [path]: WORKFLOW });
    const { host, api, url } = github;
    const driver = runOnForge((signal) => githubForge({ host, api, token: TOKEN, signal }), {
      ...{ spool, pollSeconds: 0.25 },
    });
    return await measure(driver, join(folder, 'runs'), rounds, {
      ...{ driver: 'github', source: { repository: `${url}/${REPOSITORY}.git`, commit } },
      job: { workflow: path, ref: 'refs/heads/main', outputs: [] },
    });
  } finally {
    await github.stop();
    stop.abort();
    await running;
    await node.stop();
  }
}

async function onGitlab(folder: string, rounds: number): Promise<ForgeFigures> {
  const spool = join(folder, 'spool');
  await mkdir(spool, { recursive: true });
  const gitlab = await startGitlab({
    ...{ folder: join(folder, 'git'), token: TOKEN, triggerToken: TOKEN },
  });
  try {
    const runner = await createGitlabRunner(join(folder, 'runner'), gitlab.url);
    const target = await findRunner(runner.config, {});
    const installation = gitlabInstallation({ target, jobs: join(folder, 'jobs'), spool });
    await applyPlan(await planInstall(installation));
    gitlab.setRunner(runner);
    const path = '.gitlab-ci.yml';
    const file = 'build:\n  script: "true"\n';
    const commit = await gitlab.repositories.commit(REPOSITORY, { [path]: file });
    const { host, url: server } = gitlab;
    const driver = runOnForge((signal) => gitlabForge({ host, server, token: TOKEN, signal }), {
      ...{ spool, pollSeconds: 0.25 },
    });
    return await measure(driver, join(folder, 'runs'), rounds, {
      ...{ driver: 'gitlab', source: { repository: `${server}/${REPOSITORY}.git`, commit } },
      job: { workflow: path, ref: 'refs/heads/main', outputs: [] },
    });
  } finally {
    await gitlab.stop();
  }
}

async function measure(
  driver: Driver,
  folder: string,
  rounds: number,
  what: Pick<JobRequest, 'driver' | 'source' | 'job'>
): Promise<ForgeFigures> {
  await mkdir(folder);
  const toClaim: number[] = [];
  const toAccepted: number[] = [];
  // Of the first, programs are not in memory yet.
  for (let i = 0; i <= rounds; i++) {
    let [asked, claimed] = [0, 0];
    const outcome = await driver(
      {
        ...{ id: i.toString(16).padStart(64, '0'), parameters: {}, ...what },
        limits: {
          ...{ seconds: 60, memoryBytes: 2 ** 30, processes: 256 },
          ...{ outputBytes: 0, logBytes: 2 ** 16, network: true },
        },
      },
      {
        folder,
        onProgress: ({ step }) => {
          if (step === 'dispatch') asked = performance.now();
          if (step === 'follow') claimed = performance.now();
        },
      }
    );
    const now = performance.now();
    await outcome.discard();
    if (outcome.exitStatus !== 0)
      throw new Error(`an empty job ended with ${outcome.exitStatus}: ${outcome.reason ?? ''}`);
    if (i === 0) continue;
    toClaim.push((claimed - asked) / 1000);
    toAccepted.push((now - asked) / 1000);
  }
  return { toClaim: median(toClaim), toAccepted: median(toAccepted) };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
