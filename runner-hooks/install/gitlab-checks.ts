export { gitlabChecks };

import { execFile } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEgress } from '../gitlab/egress.ts';
import type { Check } from './installation.ts';
import { readRunners } from './runner-table.ts';

const run = promisify(execFile);
const MILLISECONDS = 10_000;

/**
 * What only GitLab's hooks need.
 * @param isPlain they stand around the script, and the runner has kept its executor
 */
async function gitlabChecks(config: string, isPlain: boolean): Promise<readonly Check[]> {
  if (isPlain) return [await configCheck(config)];
  return [await configCheck(config), await runnerCheck(), await networkCheck()];
}

async function configCheck(config: string): Promise<Check> {
  const name = 'config.toml';
  try {
    const runners = readRunners(await readFile(config, 'utf8'));
    const detail = `${config}, ${runners.length} ${runners.length === 1 ? 'runner' : 'runners'}`;
    if (runners.length > 0) return { name, verdict: 'works', detail };
    return { name, verdict: 'limited', detail, remedy: 'run: gitlab-runner register' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, verdict: 'fails', detail, remedy: 'name the file with --config' };
  }
}

/** Caches and artifacts are its work, in the sandbox, which shows no program outside of /usr. */
async function runnerCheck(): Promise<Check> {
  const name = 'gitlab-runner';
  const places = ['/usr/local/bin', '/usr/bin'].map((folder) => join(folder, name));
  for (const path of places) {
    const isThere = await access(path, constants.X_OK).then(
      async () => (await realpath(path)).startsWith('/usr/'),
      () => false
    );
    if (!isThere) continue;
    const { stdout } = await run(path, ['--version'], { timeout: MILLISECONDS }).catch(() => ({
      stdout: '',
    }));
    const [, version, major] = /^Version:\s+((\d+)\.\S+)/m.exec(stdout) ?? [];
    if (Number(major) >= 14) return { name, verdict: 'works', detail: `${version}, ${path}` };
    return {
      ...{ name, verdict: 'fails', detail: `${path} is of version ${version ?? 'unknown'}` },
      remedy: 'install GitLab Runner 14.0 or newer',
    };
  }
  return {
    ...{ name, verdict: 'limited', detail: 'not below /usr: jobs have no caches and no artifacts' },
    remedy: 'put the program itself into /usr/local/bin, not a link',
  };
}

async function networkCheck(): Promise<Check> {
  const name = 'network of jobs';
  try {
    const egress = await openEgress({ hosts: [], isPublic: false });
    egress.close();
    return { name, verdict: 'works', detail: 'of its own, behind a proxy' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const remedy = 'allow user namespaces, or install with --network host or none';
    return { name, verdict: 'fails', detail, remedy };
  }
}
