import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { processesWith } from '../room.ts';
import { jobResponse, playJob, playUntilKilled } from './gitlab-runner.ts';
import { CI_FILE, installExecutor, recordedRuns } from './installed.ts';

const BUSY = 'for ((i = 0; i < 200000; i++)); do :; done';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the custom executor', () => {
  it('runs a job from its sources to its cleanup, and leaves its record', async () => {
    const { runner, settings, source, jobs } = await installExecutor();
    const script = ['cat main.txt', 'pwd', BUSY, 'echo done > out.txt'];
    const job = jobResponse(source, script);
    job.steps.push({ name: 'after_script', script: ['cat out.txt'] });
    const played = await playJob(runner, job);
    expect(played.log).toContain('hello\n');
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.calls.map(({ stage }) => stage)).toEqual([
      ...['config', 'prepare', 'prepare_script', 'get_sources', 'build_script', 'after_script'],
      ...['cleanup_file_variables', 'cleanup'],
    ]);
    // Where every job is, and where the next stage finds what the last one left.
    expect(played.log).toContain('/builds/library\n');
    expect(played.calls.find(({ stage }) => stage === 'after_script')!.stdout).toContain('done\n');
    expect(await jobs()).toEqual([]);

    const [run, ...more] = await recordedRuns(settings.spool);
    expect(more).toEqual([]);
    expect(run!.origin).toEqual({
      ...{ version: 1, forge: 'gitlab', host: new URL(settings.url).host, repository: 'library' },
      commit: source.commit,
      workflow: { path: '.gitlab-ci.yml', sha256: sha256(CI_FILE) },
      ...{ run: '4711', attempt: 1, job: { id: `${job.id}`, name: 'build' } },
      ...{ event: 'push', actor: 'ada', fork: false, ref: 'refs/heads/main' },
    });
    expect(run!.outcome.exitStatus).toBe(0);
    const [phase, ...phases] = run!.outcome.phases;
    expect(phases).toEqual([]);
    expect(phase!.name).toBe('script');
    expect(Buffer.from(phase!.script).toString('hex')).toBe(
      sha256(script.map((line) => `${line}\n`).join(''))
    );
    // Of the script, which works, and not of git.
    expect(phase!.taskClock).toBeGreaterThan(100_000_000n);
  });

  it.each([
    ['exit 3', 3, 3],
    ['false', 1, 1],
    // The whole shell, as out of memory would.
    ['kill -9 $$', 137, EXIT.signalled + 9],
  ])('tells GitLab how a script failed: %s', async (script, code, exitStatus) => {
    const { runner, settings, source, jobs } = await installExecutor();
    const played = await playJob(runner, jobResponse(source, [script]));
    expect(played.verdict).toEqual({ kind: 'build failure', code });
    const [run] = await recordedRuns(settings.spool);
    expect(run!.outcome.exitStatus).toBe(exitStatus);
    expect(await jobs()).toEqual([]);
  });

  it('ends a cancelled script with SIGTERM, lets it clean up, and says so in the record', async () => {
    const { runner, settings, source } = await installExecutor();
    const script = [`bash -c 'trap "echo cleaned up; exit" TERM; echo started; sleep 60 & wait'`];
    const job = jobResponse(source, script);
    job.steps.push({ name: 'after_script', script: ['echo after'] });
    const played = await playJob(runner, job, { cancel: { whenSaid: 'started\n' } });
    const said = played.calls.find(({ stage }) => stage === 'build_script')!;
    expect(said.stdout).toContain('cleaned up');
    expect(said.verdict).toEqual({ kind: 'build failure', code: 143 });
    expect(played.log).toContain('after\n');
    const [run] = await recordedRuns(settings.spool);
    expect(run!.outcome.exitStatus).toBe(EXIT.signalled + 15);
  });

  it('is killed with the script after the grace of the runner, and the cleanup ends the record', async () => {
    const { runner, settings, source, jobs } = await installExecutor();
    const marker = `sleep 6${process.pid}`;
    const job = jobResponse(source, [`trap '' TERM`, 'echo started', marker]);
    const played = await playJob({ ...runner, gracefulKillMilliseconds: 500 }, job, {
      cancel: { whenSaid: 'started\n' },
    });
    expect(played.calls.find(({ stage }) => stage === 'build_script')!.verdict).toEqual({
      ...{ kind: 'unknown failure', code: null },
    });
    expect(processesWith(marker.split(' ')[1]!)).toEqual([]);
    const [run] = await recordedRuns(settings.spool);
    expect(run!.outcome.exitStatus).toBe(EXIT.signalled + 9);
    expect(await jobs()).toEqual([]);
  });

  it('leaves nothing of a job whose runner was killed, once the next job begins', async () => {
    const { runner, settings, source, jobs } = await installExecutor();
    // A runner of its own, which dies in the middle of the script.
    const killed = await playUntilKilled(runner, jobResponse(source, ['echo started', 'sleep 60']));
    expect(await jobs()).toHaveLength(1);
    expect(await recordedRuns(settings.spool)).toEqual([]);
    await playJob(runner, jobResponse(source, ['ls -a /tmp /job/home']));
    expect(await jobs()).toEqual([]);
    const [lost, next] = await recordedRuns(settings.spool);
    expect(lost!.origin.job.id).toBe(`${killed.id}`);
    expect(lost!.outcome.exitStatus).toBe(EXIT.signalled + 9);
    expect(next!.outcome.exitStatus).toBe(0);
  });

  it('runs two jobs of one runner at once, each with its own', async () => {
    const { runner, settings, source, jobs } = await installExecutor();
    const script = (name: string): string[] => [
      `echo ${name} > /tmp/name`,
      'for i in 1 2 3 4 5; do sleep 0.2; ls /builds /tmp; done',
      'cat /tmp/name',
    ];
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) => playJob(runner, jobResponse(source, script(name))))
    );
    expect(first!.verdict).toEqual({ kind: 'success' });
    expect(first!.log).toContain('first\n');
    expect(second!.log).toContain('second\n');
    expect(second!.log).not.toContain('first\n');
    expect(await recordedRuns(settings.spool)).toHaveLength(2);
    expect(await jobs()).toEqual([]);
  });

  it('leaves a receipt for each leg of a matrix, by the number and name that GitLab gives it', async () => {
    const { runner, settings, source } = await installExecutor();
    const legs = { 'build: [linux, 20]': 'exit 3', 'build: [linux, 22]': 'true' };
    const numbers: Record<string, string> = {};
    for (const [name, script] of Object.entries(legs)) {
      const job = jobResponse(source, [script]);
      job.job_info.name = name;
      numbers[name] = `${job.id}`;
      await playJob(runner, job);
    }
    const runs = await recordedRuns(settings.spool);
    expect(runs.map(({ origin, outcome }) => [origin.run, origin.job, outcome.exitStatus])).toEqual(
      Object.entries(numbers).map(([name, id], i) => ['4711', { id, name }, i === 0 ? 3 : 0])
    );
  });

  it('works with a runner that says step_script and takes no exit code file', async () => {
    const { runner, settings, source } = await installExecutor();
    const old = { ...runner, stageName: 'step_script', hasExitCodeFile: false } as const;
    const job = jobResponse(source, ['exit 3']);
    job.job_info = { name: 'build', stage: 'test', project_id: 42, project_name: 'library' };
    expect((await playJob(old, job)).verdict).toEqual({ kind: 'build failure', code: 1 });
    const [run] = await recordedRuns(settings.spool);
    expect(run!.origin).toMatchObject({ run: '4711', actor: 'ada' });
    expect(run!.outcome.exitStatus).toBe(3);
  });

  it.skipIf(process.getuid!() !== 0)('works for a runner that is an ordinary user', async () => {
    const { folder, runner, settings, source, jobs } = await installExecutor({
      network: { script: 'public', transfer: 'forge', hosts: [] },
    });
    const user = 1_999_999_998;
    await chmod(folder, 0o755);
    for (const path of [settings.folder, settings.spool]) await mkdir(path);
    for (const path of [settings.folder, settings.spool, runner.tmp]) await chown(path, user, user);
    const job = jobResponse(source, [
      'id -u',
      BUSY,
      `curl -sSf ${settings.url}/library.git/info/refs?service=git-upload-pack | wc -c`,
    ]);
    const played = await playJob({ ...runner, user, environment: { HOME: runner.tmp } }, job);
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.log).toContain('\n1000\n');
    const [run] = await recordedRuns(settings.spool);
    expect(run!.origin.workflow.sha256).toBe(sha256(CI_FILE));
    expect(run!.outcome.phases[0]!.taskClock).toBeGreaterThan(100_000_000n);
    expect(await jobs()).toEqual([]);
  });

  it.each([
    ['says nothing of the job', { JOB_RESPONSE_FILE: '' }, 'system failure'],
    ['names codes of its own', { BUILD_FAILURE_EXIT_CODE: '7' }, 'unknown failure'],
  ])('takes the word of a runner that %s', async (_, environment, kind) => {
    const { runner, source } = await installExecutor();
    const entry = join(runner.tmp, 'changed.sh');
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    await writeFile(entry, `#!/bin/sh\nexec env ${words.join(' ')} ${runner.entry} "$@"\n`);
    await chmod(entry, 0o755);
    const played = await playJob({ ...runner, entry }, jobResponse(source, ['exit 3']));
    expect(played.verdict).toMatchObject(kind === 'unknown failure' ? { kind, code: 7 } : { kind });
  });
});
