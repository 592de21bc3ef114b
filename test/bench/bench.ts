import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import { measureInbox } from './inbox.ts';
import { measureRestart } from './restart.ts';
import { measureSandbox } from './sandbox.ts';

/**
 * `npm run bench [-- --json] [-- --quick]`: speed and memory, as ratios of things measured side by
 * side in one run. `--quick` proves a batch of one only, and compiles warm only.
 */
interface Proving {
  readonly compileSeconds: number;
  readonly sha256Seconds: number;
  readonly peakMegabytes: number;
  readonly batches: readonly {
    readonly size: number;
    readonly proofSeconds: number;
    readonly settleSeconds: number;
    readonly perJob: number;
  }[];
}

const isJson = process.argv.includes('--json');
const isQuick = process.argv.includes('--quick');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function prover(...args: readonly string[]): Promise<Proving> {
  const script = fileURLToPath(new URL('./proving.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, ...args],
    { env: { ...process.env, O1JS_BACKEND: 'native' }, maxBuffer: 2 ** 24 }
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Proving;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

say('reading an inbox');
const inbox = await measureInbox(isQuick ? 10 : 100);
say('restarting');
const restart = await measureRestart(1_000);
say('running a job with and without sandbox and perf');
const overhead = await measureSandbox(isQuick ? 3 : 9);
const cache = await mkdtemp(join(tmpdir(), 'runproof-bench-keys-'));
try {
  say('compiling, with an empty key cache (minutes)');
  const cold = await prover(cache, 'compile');
  say('compiling again, and proving (minutes)');
  const warm = await prover(cache, 'prove', ...(isQuick ? ['1'] : ['1', '2', '8']));
  const report = {
    rows: circuits.JobLog.rows,
    compileSeconds: { cold: rounded(cold.compileSeconds), warm: rounded(warm.compileSeconds) },
    sha256Seconds: rounded(warm.sha256Seconds),
    batches: warm.batches.map((batch) => ({
      size: batch.size,
      secondsPerJob: rounded(batch.perJob),
      proofSeconds: rounded(batch.proofSeconds),
      settleSeconds: rounded(batch.settleSeconds),
      perJobOverSha256: rounded(batch.perJob / warm.sha256Seconds),
    })),
    peakMegabytes: warm.peakMegabytes,
    overhead: {
      perfCpu: rounded(overhead.perf.cpu),
      perfWall: rounded(overhead.perf.wall),
      sandboxCpu: rounded(overhead.sandbox.cpu),
      sandboxWall: rounded(overhead.sandbox.wall),
    },
    inbox: { actions: inbox.actions, perSecond: rounded(inbox.perSecond) },
    restart: { jobs: restart.jobs, seconds: rounded(restart.seconds) },
  };
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  else console.dir(report, { depth: 4 });
} finally {
  await rm(cache, { recursive: true, force: true });
}
