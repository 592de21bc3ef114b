import { copyFile, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isBroken, machineChecks } from '../../../runner-hooks/install/doctor.ts';
import { githubInstallation } from '../../../runner-hooks/install/github.ts';
import type { Check } from '../../../runner-hooks/install/installation.ts';
import { temporaryFolder } from '../room.ts';

const named = (checks: readonly Check[], name: string): Check =>
  checks.find((check) => check.name === name)!;

async function withPath(path: string): Promise<readonly Check[]> {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return await machineChecks(await temporaryFolder());
  } finally {
    process.env.PATH = before;
  }
}

describe('the doctor', () => {
  it('tries what a receipt rests on, and finds it here', async () => {
    const checks = await machineChecks(join(await temporaryFolder(), 'not/there/yet'));
    for (const name of ['node', 'git', 'perf events', 'perf_event_paranoid', 'sandbox', 'disk'])
      expect(named(checks, name)).toMatchObject({ verdict: 'works' });
    expect(named(checks, 'disk').detail).toContain('GiB free');
    expect(isBroken(checks)).toBe(false);
  });

  it('says what is less without a tool, and how to get it; runs are attested all the same', async () => {
    const bare = await temporaryFolder();
    await symlink('/bin/rm', join(bare, 'rm'));
    const checks = await withPath(bare);
    expect(named(checks, 'git')).toMatchObject({ verdict: 'limited', remedy: 'install git' });
    const perf = named(checks, 'perf events');
    expect(perf).toMatchObject({ verdict: 'limited' });
    expect(perf.remedy).toContain('linux-perf');
    expect(named(checks, 'sandbox')).toMatchObject({ verdict: 'limited' });
    expect(isBroken(checks)).toBe(false);
  });

  it('shows what perf itself complains of', async () => {
    const folder = await temporaryFolder();
    const complaint = 'Access to performance monitoring is limited.';
    const script = `#!/bin/sh\necho '${complaint}' >&2\nexit 255\n`;
    await writeFile(join(folder, 'perf'), script, { mode: 0o755 });
    const perf = named(await withPath(`${folder}:${process.env.PATH}`), 'perf events');
    expect(perf).toMatchObject({ verdict: 'limited' });
    expect(perf.detail).toContain(complaint);
    expect(perf.remedy).toContain('perf_event_paranoid');
  });

  it('notices a runner that has not read its .env since it was changed', async () => {
    const runner = join(await temporaryFolder(), 'runner');
    await mkdir(join(runner, 'bin'), { recursive: true });
    const check = async () =>
      named(await githubInstallation({ runner }).checks(), 'runner process');
    expect(await check()).toMatchObject({ verdict: 'limited', detail: 'not running' });
    await copyFile('/bin/sleep', join(runner, 'bin/Runner.Listener'));
    const env = join(runner, '.env');
    await writeFile(env, '');
    await utimes(env, 1, 1);
    const listener = spawn(join(runner, 'bin/Runner.Listener'), ['60'], { stdio: 'ignore' });
    onTestFinished(() => void listener.kill('SIGKILL'));
    await expect.poll(check).toMatchObject({ verdict: 'works' });
    const later = Date.now() / 1000 + 60;
    await utimes(env, later, later);
    expect(await check()).toMatchObject({ verdict: 'limited', remedy: 'restart it' });
    await writeFile(join(runner, '.service'), 'actions.runner.lab-1.service\n');
    expect((await check()).remedy).toContain('systemctl restart actions.runner.lab-1.service');
  });
});
