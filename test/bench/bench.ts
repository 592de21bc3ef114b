import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import { measureApp } from './app.ts';
import { measureForges } from './forges.ts';
import { measureExecutor } from './executor.ts';
import { measureHooks } from './hooks.ts';
import { measureInbox } from './inbox.ts';
import { measureRestart } from './restart.ts';
import { measureSandbox } from './sandbox.ts';

/**
 * `npm run bench [-- --json] [-- --quick] [-- --only <part>] [-- --proofs]`: speed and memory, as ratios
 * of things measured side by side in one run. Parts: `inbox`, `restart`, `sandbox`, `hooks`, `forges`, `proving`, `app`;
 * `--only` may stand more than once. `--quick` measures less of everything; `--proofs` proves in the
 * page as well.
 */
interface Proving {
  readonly compileSeconds: number;
  readonly sha256Seconds: number;
  readonly credentialSeconds: number;
  readonly peakMegabytes: number;
  readonly batches: readonly {
    readonly size: number;
    readonly proofSeconds: number;
    readonly settleSeconds: number;
    readonly perJob: number;
  }[];
}

const PARTS = {
  async inbox() {
    say('reading an inbox');
    const { actions, perSecond } = await measureInbox(flags.quick ? 10 : 100);
    return { inbox: { actions, perSecond: rounded(perSecond) } };
  },
  async restart() {
    say('restarting');
    const { jobs, seconds, emptySeconds } = await measureRestart(flags.quick ? 100 : 1_000);
    return {
      restart: { jobs, seconds: rounded(seconds), overEmpty: rounded(seconds / emptySeconds) },
    };
  },
  async sandbox() {
    say('running a job with and without sandbox and perf');
    const { perf, sandbox } = await measureSandbox(flags.quick ? 3 : 9);
    return {
      overhead: {
        ...{ perfCpu: rounded(perf.cpu), perfWall: rounded(perf.wall) },
        ...{ sandboxCpu: rounded(sandbox.cpu), sandboxWall: rounded(sandbox.wall) },
      },
    };
  },
  async hooks() {
    say('running empty jobs with hooks, and builds under perf');
    const figures = await measureHooks(flags.quick ? 5 : 15);
    const { plain, ...executor } = await measureExecutor(flags.quick ? 3 : 9);
    return {
      hooks: {
        milliseconds: rounded(figures.hooks),
        emptyMilliseconds: rounded(figures.emptyHooks),
        receiptsPerMinute: Math.round(figures.receiptsPerMinute),
        samplingCpuBound: rounded(figures.cpuBound),
        samplingForkHeavy: rounded(figures.forkHeavy),
        executor: {
          ...{
            milliseconds: rounded(executor.milliseconds),
            cpuMilliseconds: executor.cpuMilliseconds,
          },
          plain: { ...plain, milliseconds: rounded(plain.milliseconds) },
        },
      },
    };
  },
  async forges() {
    say('running empty jobs through a GitHub and a GitLab on loopback');
    const { github, gitlab } = await measureForges(flags.quick ? 3 : 9);
    const shown = ({ toClaim, toAccepted }: typeof github) => ({
      ...{ toClaim: rounded(toClaim), toAccepted: rounded(toAccepted) },
    });
    return { forges: { github: shown(github), gitlab: shown(gitlab) } };
  },
  async proving() {
    const cache = await mkdtemp(join(tmpdir(), 'runproof-bench-keys-'));
    try {
      say('compiling, with an empty key cache (minutes)');
      const cold = await prover(cache, 'compile');
      say('compiling again, and proving (minutes)');
      const warm = await prover(cache, 'prove', ...(flags.quick ? ['1'] : ['1', '2', '8']));
      return {
        rows: circuits.JobLog.rows,
        compileSeconds: { cold: rounded(cold.compileSeconds), warm: rounded(warm.compileSeconds) },
        sha256Seconds: rounded(warm.sha256Seconds),
        credentialSeconds: rounded(warm.credentialSeconds),
        batches: warm.batches.map((batch) => ({
          size: batch.size,
          secondsPerJob: rounded(batch.perJob),
          proofSeconds: rounded(batch.proofSeconds),
          settleSeconds: rounded(batch.settleSeconds),
          perJobOverSha256: rounded(batch.perJob / warm.sha256Seconds),
        })),
        peakMegabytes: warm.peakMegabytes,
      };
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  },
  async app() {
    return { app: await measureApp({ isQuick: flags.quick, withProofs: flags.proofs, say }) };
  },
};
type Part = keyof typeof PARTS;

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    proofs: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const unknown = flags.only.find((name) => !(name in PARTS));
if (unknown !== undefined)
  throw new Error(`there is no part ${unknown}; choose of ${Object.keys(PARTS).join(', ')}.`);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

async function prover(...args: readonly string[]): Promise<Proving> {
  const script = fileURLToPath(new URL('./proving.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, ...args],
    { env: { ...process.env, O1JS_BACKEND: 'native' }, maxBuffer: 2 ** 24 }
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Proving;
}

const report = {};
for (const part of Object.keys(PARTS) as Part[])
  if (flags.only.length === 0 || flags.only.includes(part))
    Object.assign(report, await PARTS[part]());
if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else console.dir(report, { depth: 6 });
// The app's stage ends with the process, and not before.
process.exit(0);
