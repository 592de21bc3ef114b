import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { attachMeters, stopMeters } from '../../../runner-hooks/record/attach.ts';
import { isAlive, nameOf, processesOf } from '../../../runner-hooks/record/process.ts';
import { RecordError } from '../../../runner-hooks/record/error.ts';
import { parseStat } from '../../../runner-hooks/perf/stat.ts';
import { temporaryFolder } from '../room.ts';
import { ORIGIN } from './agent.ts';

const BUSY = 'for ((i = 0; i < 200000; i++)); do :; done';

const taskClock = (folder: string): bigint =>
  parseStat(readFileSync(join(folder, 'stat.json'), 'utf8'))[0]!.value!;

/** The events that a perf holds open, each of which every process of the job is given a copy of. */
function eventsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const files = readdirSync(folder).map((name) => readlinkSync(join(folder, name)));
  return files.filter((file) => file === 'anon_inode:[perf_event]').length;
}

describe('perf on processes that run already', () => {
  it.skipIf(process.getuid!() !== 0)(
    'counts and samples the same for an ordinary user',
    async () => {
      const uid = 1_999_999_998;
      const folder = await temporaryFolder();
      const program = join(folder, 'attached.mjs');
      await build({
        ...{ entryPoints: [join(import.meta.dirname, 'attached.ts')], outfile: program },
        ...{ bundle: true, platform: 'node', format: 'esm' },
      });
      const own = join(folder, 'own');
      mkdirSync(own);
      chmodSync(folder, 0o755);
      chownSync(own, uid, uid);
      const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      const printed = execFileSync('setpriv', [...user, process.execPath, program, own], {
        ...{ input: JSON.stringify(ORIGIN), encoding: 'utf8', cwd: own },
        env: { PATH: process.env.PATH, TMPDIR: own },
      });
      const { counters, profile } = JSON.parse(printed) as {
        counters: { counters: { name: string; value: string | null }[] };
        profile: { profiles: { endValue: number }[]; shared: { frames: { name: string }[] } };
      };
      expect(counters.counters[0]).toMatchObject({ name: 'task-clock' });
      expect(Number(counters.counters[0]!.value)).toBeGreaterThan(200_000_000);
      // What perf may not see it counts as zero.
      for (const { name, value } of counters.counters)
        expect([name, value]).not.toEqual([name, '0']);
      expect(profile.profiles[0]!.endValue).toBeGreaterThan(3);
      expect(profile.shared.frames.map(({ name }) => name)).toContain('bash');
    }
  );

  it('goes on when whoever attached it is gone, and ends when it is told to or with its target', async () => {
    const folder = await temporaryFolder();
    const tree = spawn('/bin/bash', ['-c', `read; (${BUSY}); read`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const { meters } = await attachMeters([tree.pid!], folder, 60);
    expect(meters).toHaveLength(2);
    // In sessions of their own, so that no signal to us or our terminal reaches them.
    for (const { pid } of meters)
      expect(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[3]).toBe(
        `${pid}`
      );
    tree.stdin.write('\n');
    await sleep(700);
    await stopMeters(meters);
    expect(meters.some(isAlive)).toBe(false);
    expect(taskClock(folder)).toBeGreaterThan(50_000_000n);
    const again = await temporaryFolder();
    const second = await attachMeters([tree.pid!], again, 60);
    tree.stdin.end('\n');
    if (tree.exitCode === null) await once(tree, 'exit');
    for (let i = 0; i < 200 && second.meters.some(isAlive); i++) await sleep(20);
    expect(second.meters.some(isAlive)).toBe(false);
    expect(taskClock(again)).toBeLessThan(50_000_000n);
  });

  it('has every process carry one event a processor for the samples, and one for what is counted', async () => {
    const folder = await temporaryFolder();
    const child = spawn('/bin/sleep', ['60']);
    const { meters } = await attachMeters([child.pid!], folder, 60);
    const [counting, sampling] = meters.map(({ pid }) => eventsOf(pid));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await stopMeters(meters);
    const counters = parseStat(readFileSync(join(folder, 'stat.json'), 'utf8'));
    expect(sampling).toBe(cpus().length);
    expect(counting).toBe(counters.filter(({ value }) => value !== undefined).length);
  });

  it('misses none of a thousand processes, neither in the counters nor in the recording', async () => {
    const folder = await temporaryFolder();
    const work = 'for ((k = 0; k < 500; k++)); do :; done';
    const forks = `for ((i = 0; i < 1000; i++)); do (${work}); done; times >&2`;
    const tree = spawn('/bin/bash', ['-c', `read; ${forks}`], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const { meters } = await attachMeters([tree.pid!], folder, 60);
    tree.stdin.end('\n');
    const told = tree.stderr.setEncoding('utf8').toArray();
    await once(tree, 'exit');
    await stopMeters(meters);
    const clocks = [...(await told).join('').matchAll(/(\d+)m(\d+\.\d+)s/g)];
    const seconds = clocks.reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0);
    // Two clocks, of which perf's leaves out what it takes to make a process and to end it.
    expect(Number(taskClock(folder)) / 1e9 / seconds).toBeGreaterThan(0.8);
    expect(Number(taskClock(folder)) / 1e9 / seconds).toBeLessThan(1.2);
    const recording = ['--force', '--stats', '--input', join(folder, 'perf.data')];
    const stats = execFileSync('perf', ['report', ...recording], { encoding: 'utf8' });
    expect(Number(/FORK events: +(\d+)/.exec(stats)![1])).toBe(1000);
    expect(stats).not.toContain('LOST');
  });

  it('says why where perf may not, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const gone = spawn('/bin/true');
    await once(gone, 'exit');
    const { meters, reason } = await attachMeters([gone.pid!], folder, 60);
    expect(meters).toEqual([]);
    expect(reason).toMatch(/^perf (stat|record) ended/);
  });

  it('takes processes by name for good: a number given again is another process', async () => {
    const child = spawn('/bin/sleep', ['60']);
    const name = nameOf(child.pid!)!;
    expect(isAlive(name)).toBe(true);
    expect(isAlive({ ...name, startTime: '1' })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(name)).toBe(false);
    expect(() => processesOf({ pid: child.pid! })).toThrow(RecordError);
    expect(() => processesOf({ cgroup: '/nowhere' })).toThrow(RecordError);
  });

  it('finds the whole tree below a process, and the members of a cgroup', async () => {
    const tree = spawn('/bin/bash', ['-c', '(sleep 60; :) & sleep 60; :']);
    await expect.poll(() => processesOf({ pid: tree.pid! }).length).toBeGreaterThanOrEqual(4);
    // As the kernel shows groups: a file with a process a line, and a folder for each group below.
    const cgroup = await temporaryFolder();
    mkdirSync(join(cgroup, 'below'));
    writeFileSync(join(cgroup, 'cgroup.procs'), `${process.pid}\n`);
    writeFileSync(join(cgroup, 'below/cgroup.procs'), `${tree.pid}\n`);
    expect(processesOf({ cgroup }).sort()).toEqual([process.pid, tree.pid].sort());
    for (const pid of processesOf({ pid: tree.pid! }).reverse()) process.kill(pid, 'SIGKILL');
  });
});
