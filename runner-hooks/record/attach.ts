export { attachMeters, stopMeters };

import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS } from '../perf/events.ts';
import { samplingOptions } from '../perf/meter.ts';
import { type ProcessName, isAlive, nameOf } from './process.ts';

/** perf opens eleven events a thread; a runner has some dozen threads. */
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
  const started = await Promise.all([counting, sampling].map((args) => start(args, folder)));
  const meters = started.filter((meter) => typeof meter !== 'string');
  const reason = started.find((meter) => typeof meter === 'string');
  return { meters, ...(reason === undefined ? {} : { reason }) };
}

/** As `meterCommand` is told where to write. */
const FILE = { counters: 'stat.json', samples: 'perf.data' } as const;

/** A perf that has begun, or what it said instead. */
async function start(args: readonly string[], folder: string): Promise<ProcessName | string> {
  const complaint = openSync(join(folder, `${args[0]}.err`), 'w', 0o600);
  try {
    const child = spawn('perf', [...args, '--delay=-1', '--control=fd:3,4'], {
      detached: true,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', complaint, 'pipe', 'pipe'],
    });
    const failed = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (status) => resolve(`perf ${args[0]} ended with status ${status}`));
    });
    const control = child.stdio[3] as Writable;
    const acknowledged = new Promise<undefined>((resolve) => {
      (child.stdio[4] as Readable).once('data', () => resolve(undefined));
    });
    control.on('error', () => undefined);
    control.write('enable\n');
    const late = sleep(START_MILLISECONDS, `perf ${args[0]} did not begin`, { ref: false });
    const said = await Promise.race([acknowledged, failed, late]);
    child.unref();
    for (const pipe of [control, child.stdio[4] as Readable]) pipe.destroy();
    const name = child.pid === undefined ? undefined : nameOf(child.pid);
    if (said === undefined && name !== undefined) return name;
    if (name !== undefined) kill(name, 'SIGKILL');
    return said ?? `perf ${args[0]} ended at once`;
  } finally {
    closeSync(complaint);
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
