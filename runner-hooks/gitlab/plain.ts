/**
 * What a GitLab runner with the shell executor runs before and after a job's script, in the job's own shell:
 * `<settings> begin <pid of the shell>`, `<settings> end <pid of the shell> <exit status>`.
 *
 * Exits with 1 where the job may not run here, and else with 0: a fault of ours is none of the job's.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../contracts/formats/job.ts';
import { workflowDigest } from '../github/workflow.ts';
import { begin, reopen } from '../record/begin.ts';
import { nameOf } from '../record/process.ts';
import { GitlabError } from './error.ts';
import { assertTaken } from './admission.ts';
import { environmentMasks, responseOf } from './environment.ts';
import { originOf, workflowPath } from './origin.ts';
import { type ExecutorSettings, readSettings } from './settings.ts';

const say = (sentence: string): void => void process.stderr.write(`Runproof: ${sentence}\n`);

/** Which run is of which shell: by a name that no other process of this boot has. */
function noteOf({ folder }: ExecutorSettings, shell: string | undefined): string {
  const name = nameOf(Number(shell));
  if (name === undefined)
    throw new GitlabError(
      'RUNNER',
      `${shell ?? 'nothing'} is no process; is this called by a job?`
    );
  return join(folder, `shell-${name.pid}-${name.startTime}`);
}

async function start(settings: ExecutorSettings, shell: string | undefined): Promise<void> {
  const note = noteOf(settings, shell);
  const response = responseOf(process.env, settings.url);
  assertTaken(settings, response);
  const { sha: commit } = response.git_info;
  const project = process.env.CI_PROJECT_DIR;
  const at = { commit, path: workflowPath(response) };
  const digest = project === undefined ? undefined : await workflowDigest(project, at);
  const origin = originOf(response, new URL(settings.url), digest ?? null);
  const run = await begin(settings.spool, origin, {
    seconds: response.runner_info.timeout || settings.limits.seconds,
  });
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  writeFileSync(note, run.id, { mode: 0o600 });
  await run.attach({ pid: Number(shell) }, { name: 'script' });
}

/** Once for each job, whoever asks; what takes time is done by a process that the job does not wait for. */
function end(settings: ExecutorSettings, [shell, status = '']: readonly string[]): void {
  const note = noteOf(settings, shell);
  const taken = `${note}.ended`;
  try {
    renameSync(note, taken);
  } catch {
    return;
  }
  const run = readFileSync(taken, 'latin1');
  rmSync(taken);
  const [script, file] = process.argv.slice(1) as [string, string];
  spawn(process.execPath, [script, file, 'finish', run, status], {
    ...{ detached: true, stdio: 'ignore', cwd: '/' },
  }).unref();
}

async function finish(
  settings: ExecutorSettings,
  [run = '', status]: readonly string[]
): Promise<void> {
  const exit = Number(status);
  const exitStatus = Number.isInteger(exit) && exit >= 0 && exit < 256 ? exit : EXIT.unknown;
  const masks = environmentMasks(process.env);
  await (await reopen(settings.spool, run)).end({ exitStatus, masks });
}

async function main([file = '', verb, ...args]: readonly string[]): Promise<void> {
  const settings = await readSettings(file);
  if (verb === 'begin') return start(settings, args[0]);
  if (verb === 'finish') return finish(settings, args);
  if (verb !== 'end') throw new GitlabError('RUNNER', `${verb ?? 'nothing'} is no hook`);
  end(settings, args);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof GitlabError && error.code === 'REFUSED' ? 1 : 0;
});
