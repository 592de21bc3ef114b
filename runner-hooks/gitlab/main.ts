/**
 * What GitLab Runner starts as its custom executor, through the entry that the installer writes:
 * `<settings> config|prepare|cleanup`, `<settings> run <script> <stage>`.
 */
import { writeFileSync, writeSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import { EXIT } from '../../contracts/formats/job.ts';
import { GitlabError } from './error.ts';
import { type Call, cleanup, config, prepare, run } from './executor.ts';
import { readSettings } from './settings.ts';

/** As the runner names it; its own default where it does not. */
function exitCode(name: string, fallback: number): number {
  const code = Number(process.env[name]);
  return Number.isInteger(code) && code > 0 && code < 256 ? code : fallback;
}
const FAILED = exitCode('BUILD_FAILURE_EXIT_CODE', 1);
const BROKEN = exitCode('SYSTEM_FAILURE_EXIT_CODE', 2);

/** What a job has done to itself, in a way that GitLab shows. */
function fail(exitStatus: number): number {
  const { signalled } = EXIT;
  const code =
    exitStatus < signalled
      ? exitStatus
      : // Killed by a signal, or by us at a limit, as shells say it.
        128 + (exitStatus < 2 * signalled ? exitStatus - signalled : 9);
  // Since GitLab Runner 17.9, for `allow_failure: exit_codes`.
  const file = process.env.BUILD_EXIT_CODE_FILE;
  if (file?.startsWith('/')) writeFileSync(file, `${code}\n`);
  return FAILED;
}

/** Whole, however slowly the runner reads: a pipe's writer here never waits. */
function write(descriptor: number, chunk: Uint8Array): void {
  for (let rest = chunk; rest.length > 0;)
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, 5);
    }
}
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const say = (sentence: string): void => write(2, Buffer.from(`Runproof: ${sentence}\n`));

async function main([file, verb, ...args]: readonly string[]): Promise<number> {
  const cancel = new AbortController();
  // The runner sends it to our whole group, and kills what is left after its grace.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => cancel.abort());
  const call: Call = {
    settings: await readSettings(file ?? ''),
    environment: process.env,
    runner: process.ppid,
    write: (chunk) => write(1, chunk),
    say,
    cancelled: cancel.signal,
  };
  switch (verb) {
    case 'config':
      write(1, Buffer.from(JSON.stringify(await config(call, packageJson.version))));
      return 0;
    case 'prepare':
      await prepare(call);
      return 0;
    case 'run': {
      const [script, stage] = args.slice(-2);
      if (script === undefined || stage === undefined)
        throw new GitlabError('RUNNER', 'run needs a script and the name of its stage');
      const { exitStatus } = await run(call, script, stage);
      return exitStatus === 0 ? 0 : fail(exitStatus);
    }
    case 'cleanup':
      await cleanup(call);
      return 0;
    default:
      throw new GitlabError('RUNNER', `${verb ?? 'nothing'} is no stage of the custom executor`);
  }
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    // Told apart, because the runner tries again what was our fault.
    const isJobs = error instanceof GitlabError && ['REFUSED', 'TICKET'].includes(error.code);
    process.exitCode = isJobs ? FAILED : BROKEN;
  }
);
