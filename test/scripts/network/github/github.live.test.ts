import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGithub } from '../../../../scripts/network/github/github.ts';
import { type EmbeddedRunner, createRunner } from '../../../../scripts/network/github/runner.ts';
import { temporaryFolder } from '../../../runner-hooks/room.ts';

const TOKEN = 'ghp_of-the-test';
const REPOSITORY = 'library/library';
const PATH = '.github/workflows/market.yml';

const workflowOf = (run: string, more = ''): string => `
on:
  workflow_dispatch:
jobs:
  build:
    runs-on: self-hosted
    steps:
      - run: |
${run.replace(/^/gm, '          ')}
${more}`;

/** A forge with one workflow, and its one run once that is over or as told. */
async function dispatched(
  workflow: string,
  runnerIn: (folder: string) => Promise<EmbeddedRunner> | EmbeddedRunner
) {
  const folder = await temporaryFolder();
  const runner = await runnerIn(join(folder, 'runner'));
  const github = await startGithub({ folder: join(folder, 'forge'), token: TOKEN, runner });
  onTestFinished(() => github.stop());
  await github.repositories.commit(REPOSITORY, { [PATH]: workflow });
  const { status } = await fetch(
    `${github.api}/repos/${REPOSITORY}/actions/workflows/market.yml/dispatches`,
    {
      method: 'POST',
      headers: {
        ...{ authorization: `token ${TOKEN}`, 'user-agent': 'test' },
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ref: 'main' }),
    }
  );
  const last = () => github.runs[0]?.attempts.at(-1);
  const ended = async () => {
    await github.idle();
    return last();
  };
  return { folder, github, status, last, ended };
}

/** Ends with the worker itself, found above the step. */
const KILL_WORKER = `p=$PPID
while [ "$(cat /proc/$p/comm)" != Runner.Worker ]; do read -r _ _ _ p _ < /proc/$p/stat; done
kill -9 $p; sleep 60`;

describe('the embedded GitHub', () => {
  it('fails a run whose runner fails, says why, and goes on', async () => {
    const play = () => Promise.reject(new Error('no room on the disk'));
    const { ended, github } = await dispatched(workflowOf('true'), (folder) => ({ folder, play }));
    expect(await ended()).toMatchObject({
      ...{ status: 'completed', conclusion: 'failure' },
      log: 'The runner has failed: no room on the disk\n',
    });
    github.rerun(github.runs[0]!.id);
    await github.idle();
    expect(github.runs[0]!.attempts).toHaveLength(2);
  });

  it('fails a run whose job has killed its runner’s worker', async () => {
    const { ended } = await dispatched(workflowOf(KILL_WORKER), createRunner);
    const attempt = await ended();
    expect(attempt).toMatchObject({ conclusion: 'failure' });
    expect(attempt!.log).toContain('Process completed with exit code 137.');
  });

  it('ends a cancelled step, and not the hook that comes after it', async () => {
    const { folder, github, ended } = await dispatched(
      workflowOf(`touch "$RUNNER_TEMP/started"; sleep 60`),
      async (path) => {
        const runner = await createRunner(path);
        const hook = join(path, 'completed.sh');
        // Longer than the grace of the step.
        await writeFile(hook, 'sleep 2; touch "$RUNNER_TEMP/hooked"\n');
        await writeFile(join(path, '.env'), `ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${hook}\n`);
        return runner;
      }
    );
    const at = (name: string) => readFile(join(folder, 'runner/_work/_temp', name), 'utf8');
    await expect.poll(() => at('started').catch(() => undefined)).toBe('');
    github.cancel(github.runs[0]!.id);
    expect(await ended()).toMatchObject({ conclusion: 'cancelled' });
    expect(await at('hooked')).toBe('');
  });

  it('does not dispatch what it would not play whole', async () => {
    const second = `  other:
    runs-on: self-hosted
    steps:
      - run: 'true'
`;
    for (const workflow of [workflowOf('true', second), 'on: push\njobs: {}\n', 'not: [yaml']) {
      const { status, github } = await dispatched(workflow, createRunner);
      expect([status, github.runs]).toEqual([422, []]);
    }
  });
});
