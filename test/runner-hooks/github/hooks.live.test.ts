import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cidOf } from '../../../contracts/formats/cid.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { postReport, readReports } from '../../../runner-hooks/github/mailbox.ts';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { applyPlan, planInstall } from '../../../runner-hooks/install/frame.ts';
import { githubInstallation } from '../../../runner-hooks/install/github.ts';
import { createRepository, processesWith, temporaryFolder } from '../room.ts';
import { createRunner } from './runner.ts';
import { startWorld } from './world.ts';

const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';
const taskClock = (entry: { note: { counters: readonly { name: string; value?: bigint }[] } }) =>
  entry.note.counters.find(({ name }) => name === 'task-clock')!.value;

describe('the hooks of a GitHub runner', () => {
  it('leave a signed receipt of a job: where it came from, what it counted, how it ended', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob({ payload: { repository: { id: 1 } } });
    expect(job.started).toEqual({ status: 0, output: '' });
    await world.until('measured');
    expect(await job.step(`bash -c '${BUSY}'; echo done`)).toEqual({ status: 0, output: 'done\n' });
    expect(await job.complete('Failed')).toEqual({ status: 0, output: '' });
    await world.until('noted');

    const [entry, ...more] = await world.log();
    expect(more).toEqual([]);
    expect(entry!.note.origin).toEqual({
      version: 1,
      forge: 'github',
      host: 'github.com',
      repository: 'library/library',
      commit: '0123456789abcdef0123456789abcdef01234567',
      workflow: { path: '.github/workflows/build.yml', sha256: null },
      run: '4711',
      attempt: 1,
      job: { id: null, name: 'build' },
      event: 'push',
      actor: 'ada',
      fork: false,
      ref: 'refs/heads/main',
    });
    expect(entry!.note.exitStatus).toBe(1);
    expect(taskClock(entry!)).toBeGreaterThan(100_000_000n);
    expect(readReports(world.mailbox)).toEqual([]);
    expect(await listRuns(world.spool)).toEqual([]);
  });

  it('read the workflow file from the job’s own checkout, hashing every object on the way', async () => {
    const world = await startWorld();
    const workflow = 'on: push\njobs: {}\n';
    const job = await world.runner.startJob();
    await rm(job.workspace, { recursive: true });
    await mkdir(job.workspace);
    const { commit } = createRepository(job.workspace, { '.github/workflows/build.yml': workflow });
    await world.until('measured');
    await job.complete();
    const environment = { GITHUB_SHA: commit, GITHUB_WORKFLOW_SHA: commit, GITHUB_RUN_ID: '4712' };
    const second = await world.runner.startJob({ environment });
    await world.until('measured', 2);
    await second.complete();
    await world.until('noted', 2);
    const [first, last] = await world.log();
    expect(first!.note.origin.workflow.sha256).toBeNull();
    const digest = createHash('sha256').update(workflow).digest('hex');
    expect(last!.note.origin.workflow.sha256).toBe(digest);
    expect(Buffer.from(last!.note.execution.phases[0]!.script).toString('hex')).toBe(digest);
  });

  it('keep two jobs at once apart, and the legs of a matrix that have one name', async () => {
    const world = await startWorld({ runners: 2 });
    const jobs = await Promise.all(world.runners.map((runner) => runner.startJob()));
    await world.until('measured', 2);
    await Promise.all([jobs[0]!.step(`${BUSY}; ${BUSY}; ${BUSY}`), jobs[1]!.step('true')]);
    await jobs[0]!.complete();
    await jobs[1]!.complete('Canceled');
    await world.until('noted', 2);
    const entries = await world.log();
    const names = entries.map(({ note }) => note.origin.job.name).sort();
    expect(names).toEqual(['build', 'build #2']);
    const [busy, idle] = [0, EXIT.signalled + 2].map((status) =>
      entries.find(({ note }) => note.exitStatus === status)!
    );
    expect(taskClock(busy!)).toBeGreaterThan(3n * taskClock(idle!)!);
  });

  it('R3: a runner that is killed mid-job leaves a receipt that says that nobody knows the end', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob();
    await job.step(BUSY);
    await job.kill();
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.exitStatus).toBe(EXIT.unknown);
  });

  it('R3: a job goes on being counted while the agent is away in its middle', async () => {
    const world = await startWorld({ isAway: true });
    const stop = await world.startAgent();
    const job = await world.runner.startJob();
    await world.until('measured');
    await stop();
    await job.step(BUSY);
    const completed = await job.complete();
    expect(completed!.status).toBe(0);
    expect(completed!.output).toContain('the agent is away');
    await world.startAgent();
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.exitStatus).toBe(0);
    expect(taskClock(entry!)).toBeGreaterThan(100_000_000n);
    expect(world.happened.filter(({ kind }) => kind === 'begun')).toHaveLength(1);
  });

  it('do not show counters of a job that the agent came late to', async () => {
    const world = await startWorld({ isAway: true });
    const job = await world.runner.startJob();
    expect(job.started!.status).toBe(0);
    await job.step(`${BUSY}; ${BUSY}`);
    await world.startAgent();
    await world.until('measured');
    await job.step(BUSY);
    await job.complete();
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.exitStatus).toBe(0);
    expect(taskClock(entry!)).toBeUndefined();
  });

  it('do not show counters of a job whose step began while perf did', async () => {
    const world = await startWorld();
    const slow = join(world.folder, 'slow');
    await mkdir(slow);
    const [go, end] = [join(slow, 'go'), join(slow, 'end')];
    const wait = (file: string): string => `until [ -e '${file}' ]; do sleep 0.05; done`;
    const perf = `#!/bin/sh\n${wait(go)}\nexec /usr/bin/perf "$@"\n`;
    await writeFile(join(slow, 'perf'), perf, { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `${slow}:${path}`;
    onTestFinished(() => void (process.env.PATH = path));
    const job = await world.runner.startJob();
    await world.until('begun');
    const step = job.step(`touch '${go}'; ${wait(end)}`);
    await world.until('measured');
    await writeFile(end, '');
    await step;
    await job.complete();
    await world.until('noted');
    const [entry] = await world.log();
    expect(taskClock(entry!)).toBeUndefined();
  });

  it('leave a receipt of a job that was all over when the agent came', async () => {
    const world = await startWorld({ isAway: true });
    const job = await world.runner.startJob();
    await job.complete();
    await world.startAgent();
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.origin.run).toBe('4711');
    expect(taskClock(entry!)).toBeUndefined();
  });

  it('R2: end their perf with a job that forks and leaves', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob();
    await world.until('measured');
    expect(processesWith(world.spool).length).toBeGreaterThan(0);
    const marker = `runproof-left-${process.pid}`;
    await job.step(
      `env -u RUNNER_TRACKING_ID setsid bash -c 'exec -a ${marker} sleep 60' </dev/null >/dev/null 2>&1 &`
    );
    await job.complete();
    await world.until('noted');
    const left = processesWith(marker);
    expect(left).toHaveLength(1);
    process.kill(Number(left[0]));
    expect(processesWith(world.spool)).toEqual([]);
  });

  it('end a run whose job has killed its perf and its last hook', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob();
    await world.until('measured');
    for (const pid of processesWith(world.spool)) await job.step(`kill -9 ${pid}`);
    await rm(join(world.runner.folder, '.runproof/job-completed.sh'));
    const completed = await job.complete();
    expect(completed!.status).not.toBe(0);
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.exitStatus).toBe(0);
    expect(taskClock(entry!)).toBeUndefined();
  });

  it('take the time of a job from a clock that it cannot set', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob();
    await world.until('begun');
    const [started] = readReports(world.mailbox);
    const tick = Number(process.hrtime.bigint() / 1_000_000n);
    const hour = 3_600_000;
    postReport(world.mailbox, { ...started!, stage: 'completed', at: started!.at - hour, tick });
    await job.kill();
    await world.until('noted');
    const [entry] = await world.log();
    const finished = entry!.note.receipt.finishedAt * 1000;
    expect(finished).toBeGreaterThan(started!.at - 1000);
    expect(finished).toBeLessThan(started!.at + 60_000);
  });

  it('have an agent that ends when it is told to, whatever it waits for', async () => {
    const world = await startWorld({ isAway: true });
    const stop = await world.startAgent();
    const job = await world.runner.startJob();
    await world.until('measured');
    // The runner has not written down yet how the job ended.
    const script = join(world.runner.folder, '.runproof/job-completed.sh');
    expect((await job.step(`bash -e '${script}'`)).status).toBe(0);
    await sleep(300);
    const start = performance.now();
    await stop();
    // It would wait for the runner for longer.
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(world.happened.map(({ kind }) => kind)).not.toContain('ended');
    await job.kill();
    await world.startAgent();
    await world.until('noted');
    expect(await world.log()).toHaveLength(1);
  });

  it('K1: hide the tokens that the runner hands them, wherever a job puts them', async () => {
    const world = await startWorld();
    const secret = 'pl4nted-T0ken';
    const environment = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret };
    const job = await world.runner.startJob({ environment });
    await world.until('measured');
    const program = join(job.workspace, secret);
    await copyFile('/bin/bash', program);
    await job.step(`'${program}' -c '${BUSY}; ${BUSY}'`);
    const kept = grep(secret, world.spool, world.mailbox, join(world.folder, 'node'));
    await job.complete();
    await world.until('noted');
    expect(kept.filter((path) => !path.endsWith('perf.data'))).toEqual([]);
    // The recording itself goes when the run is put away.
    const places = [world.spool, world.mailbox, join(world.folder, 'node')];
    await expect.poll(() => grep(secret, ...places)).toEqual([]);
    const [entry] = await world.log();
    const root = cidOf('dag-pb', entry!.note.receipt.result);
    expect(await world.node.store.has(root)).toBe(true);
  });

  it('survive what a job may have put into their environment', async () => {
    const world = await startWorld();
    const environment = {
      ...{ NODE_OPTIONS: '--require /nonexistent.js', NODE_PATH: '/nonexistent' },
      ...{ LD_PRELOAD: '/nonexistent.so', GITHUB_RUN_ATTEMPT: undefined },
      GITHUB_REF: 'refs/heads/\u202emain\u0007',
      GITHUB_ACTOR: '$(touch /tmp/x)"; `id`\n::error::',
    };
    const job = await world.runner.startJob({ environment });
    expect(job.started!.status).toBe(0);
    expect((await job.complete())!.status).toBe(0);
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.origin).toMatchObject({
      attempt: 1,
      ref: 'refs/heads/\\u{202e}main\\u{7}',
      actor: '$(touch /tmp/x)"; `id`\\u{a}::error::',
    });
    // And Node, where it has to do it all itself.
    const away = await startWorld({ isAway: true });
    const { started } = await away.runner.startJob({
      environment: {
        ...environment,
        ...{ NODE_DEBUG: 'net', OPENSSL_CONF: '/nonexistent', said: 'done' },
        // The runner's own shell complains of it.
        LD_PRELOAD: undefined,
      },
    });
    expect(started!.output).toMatch(/^Runproof: the agent is away[^\n]*\n$/);
    expect(readReports(away.mailbox)).toHaveLength(1);
  });

  it('say once of a job that cannot be attested why, and leave it alone', async () => {
    const world = await startWorld();
    const environment = { GITHUB_REPOSITORY: '../../etc' };
    const job = await world.runner.startJob({ environment });
    expect(job.started!.status).toBe(0);
    const [fault] = await world.until('fault');
    expect(fault!.reason).toContain('no origin');
    await expect.poll(() => readReports(world.mailbox)).toEqual([]);
    expect((await job.complete())!.status).toBe(0);
    await expect.poll(() => readReports(world.mailbox)).toEqual([]);
    expect(world.happened.filter(({ kind }) => kind === 'fault')).toHaveLength(1);
  });

  it('fail no job for a fault of ours: no Node, no script, no mailbox, no room', async () => {
    const world = await startWorld({ node: '/nonexistent/node', isAway: true });
    expect((await world.runner.startJob()).started!.status).toBe(0);
    const { runner, mailbox } = await startWorld();
    const whole = (await runner.startJob()).started;
    expect(whole).toEqual({ status: 0, output: '' });
    await rm(mailbox, { recursive: true });
    await writeFile(mailbox, 'not a folder');
    const without = (await runner.startJob()).started;
    expect(without!.status).toBe(0);
    expect(without!.output).toContain('Runproof: ');
    await rm(join(runner.folder, '.runproof/github-job.cjs'));
    expect((await runner.startJob()).started!.status).toBe(0);
    const full = await startWorld({ isAway: true });
    const hook = join(full.runner.folder, '.runproof/job-started.sh');
    const job = await full.runner.startJob();
    const said = await job.step(`set -o pipefail; (ulimit -f 0; bash -e '${hook}') | cat`);
    expect(said.status).toBe(0);
    expect(said.output).toContain('Runproof: ');
  });

  it('fail the job for a fault of ours where the owner wants it so', async () => {
    const { runner } = await startWorld({ isAway: true, strict: true });
    const { started } = await runner.startJob();
    expect(started!.status).toBe(1);
    expect(started!.output).toContain('does not answer');
  });

  it('start the hook that stood there before, and end as it does', async () => {
    const folder = await temporaryFolder();
    const runner = await createRunner(join(folder, 'runner'), onTestFinished);
    const former = join(folder, 'former.sh');
    await writeFile(former, 'echo former $GITHUB_JOB; exit 5\n');
    await writeFile(join(runner.folder, '.env'), `ACTIONS_RUNNER_HOOK_JOB_STARTED=${former}\n`);
    await applyPlan(await planInstall(githubInstallation({ runner: runner.folder })));
    const { started } = await runner.startJob();
    expect(started!.status).toBe(5);
    expect(started!.output).toContain('former build');
  });
});

/** Files below folders that hold a text. */
function grep(text: string, ...folders: string[]): string[] {
  try {
    return execFileSync('grep', ['-rlaF', text, ...folders], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
