export { attachMeters, stopMeters };

import { execFile, spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EVENTS } from '../perf/events.ts';
import { samplingOptions } from '../perf/meter.ts';
import { type ProcessName, isAlive, nameOf } from './process.ts';

const run = promisify(execFile);

/** perf opens eight events a thread; a runner has some dozen threads. */
const START_MILLISECONDS = 5_000;
/** For perf to write down what it has. */
const STOP_MILLISECONDS = 10_000;

/**
 * Puts `perf stat` and `perf record` on processes that run already: on all their threads, and by
 * inheritance on every thread and process that these make from now on, also where their parent ends.
 * A process made between being listed and being counted is missed, with its children.
 *
 * Both run in a session of their own and outlive us: they end with their targets, or in
 * {@link stopMeters}. Each is known to count when this returns, since perf acknowledges it.
 *
 * @returns none where perf is missing or may not: then `reason` says what it said
 */
async function attachMeters(
  pids: readonly number[],
  folder: string,
  seconds: number
): Promise<{ meters: ProcessName[]; reason?: string }> {
  const list = pids.join(',');
  const counting = [
    ...['stat', '-j', '--event', Object.keys(EVENTS).join(',')],
    ...['--pid', list, '--output', join(folder, FILE.counters)],
  ];
  const sampling = [
    ...['record', ...samplingOptions(seconds, 'task,mmap')],
    ...['--pid', list, '--output', join(folder, FILE.samples)],
  ];
  const started = await Promise.all(
    [counting, sampling].map((args) =>
      start(args, folder).catch((error: unknown) => (error instanceof Error ? error.message : '?'))
    )
  );
  const meters = started.filter((meter) => typeof meter !== 'string');
  const reason = started.find((meter) => typeof meter === 'string');
  return { meters, ...(reason === undefined ? {} : { reason }) };
}

/** As `meterCommand` is told where to write. */
const FILE = { counters: 'stat.json', samples: 'perf.data' } as const;

/** A perf that has begun, or what it said instead. */
async function start(args: readonly string[], folder: string): Promise<ProcessName | string> {
  const path = (name: string): string => join(folder, `${args[0]}.${name}`);
  const complaint = openSync(path('err'), 'w', 0o600);
  // Named pipes, which perf holds open itself: of others `perf record` ends when we do.
  await run('mkfifo', ['-m', '600', path('control'), path('ack')]);
  const open = (name: string): number =>
    openSync(path(name), constants.O_RDWR | constants.O_NONBLOCK);
  const control = open('control');
  const ack = new Socket({ fd: open('ack') });
  try {
    const fifos = `--control=fifo:${path('control')},${path('ack')}`;
    // No `--delay`, for which `perf record` would open one more event on each processor.
    const child = spawn('perf', [...args, fifos], {
      detached: true,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', complaint],
    });
    const failed = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (status) => resolve(`perf ${args[0]} ended with status ${status}`));
    });
    const acknowledged = new Promise<undefined>((resolve) => {
      ack.once('data', () => resolve(undefined));
    });
    writeSync(control, 'ping\n');
    const late = sleep(START_MILLISECONDS, `perf ${args[0]} did not begin`, { ref: false });
    const said = await Promise.race([acknowledged, failed, late]);
    child.unref();
    const name = child.pid === undefined ? undefined : nameOf(child.pid);
    if (said === undefined && name !== undefined) return name;
    if (name !== undefined) kill(name, 'SIGKILL');
    return said ?? `perf ${args[0]} ended at once`;
  } finally {
    closeSync(complaint);
    closeSync(control);
    ack.destroy();
  }
}

/** Has perf write its reports, whoever started it. */
async function stopMeters(meters: readonly ProcessName[]): Promise<void> {
  for (const meter of meters) kill(meter, 'SIGINT');
  const end = Date.now() + STOP_MILLISECONDS;
  while (meters.some(isAlive) && Date.now() < end) await sleep(5);
  for (const meter of meters) kill(meter, 'SIGKILL');
}

function kill(meter: ProcessName, signal: NodeJS.Signals): void {
  try {
    if (isAlive(meter)) process.kill(meter.pid, signal);
  } catch {
    // It has just ended.
  }
}
