export { measureSandbox };

import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { meterCommand } from '../../runner-hooks/perf/meter.ts';
import { createJobFolder, removeTree } from '../../runner-hooks/sandbox/folders.ts';
import { runInSandbox } from '../../runner-hooks/sandbox/sandbox.ts';
import { LIMITS, roomIn } from '../runner-hooks/limits.ts';

const WORK = `
  let x = 1;
  for (let i = 0; i < 6e8; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1000);`;

type Run = { cpu: number; wall: number };

const timed = async (run: () => Promise<string>): Promise<Run> => {
  const start = performance.now();
  const cpu = Number(await run());
  return { cpu, wall: performance.now() - start };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Overhead {
  /** Medians of paired ratios: CPU time and wall time. */
  readonly cpu: number;
  readonly wall: number;
}

/**
 * What the sandbox and perf cost a CPU-bound job, as ratios of runs that follow each other, so that
 * whatever else the machine does hits both.
 */
async function measureSandbox(
  pairs: number
): Promise<{ readonly sandbox: Overhead; readonly perf: Overhead }> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-bench-'));
  try {
    const work = await createJobFolder(join(folder, 'work'));
    const inSandbox = async (meter: readonly string[]): Promise<string> => {
      let output = '';
      await runInSandbox({
        command: ['node', '-e', WORK],
        room: roomIn(work),
        limits: { ...LIMITS, seconds: 120 },
        meter,
        onOutput: (chunk) => (output += chunk.toString()),
      });
      return output;
    };
    const meter = meterCommand({ stat: join(folder, 'stat'), samples: join(folder, 'data') }, 120);
    const kinds = {
      bare: async () => (await promisify(execFile)('node', ['-e', WORK])).stdout,
      sandbox: () => inSandbox([]),
      perf: () => inSandbox(meter),
    };
    type Kind = keyof typeof kinds;
    const runs: Record<Kind, Run>[] = [];
    for (let i = 0; i < pairs; i++) {
      const round: Partial<Record<Kind, Run>> = {};
      const order = Object.keys(kinds) as Kind[];
      for (const kind of i % 2 === 0 ? order : order.reverse())
        round[kind] = await timed(kinds[kind]);
      runs.push(round as Record<Kind, Run>);
    }
    const ratio = (over: Kind, under: Kind, what: keyof Run): number =>
      median(runs.map((round) => round[over][what] / round[under][what]));
    const overhead = (over: Kind, under: Kind): Overhead => ({
      cpu: ratio(over, under, 'cpu'),
      wall: ratio(over, under, 'wall'),
    });
    return { sandbox: overhead('sandbox', 'bare'), perf: overhead('perf', 'sandbox') };
  } finally {
    await removeTree(folder);
  }
}
