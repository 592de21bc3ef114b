import { mkdtemp, rm, stat } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { createJobFolder, removeTree } from '../../runner-hooks/sandbox/folders.ts';
import type { SandboxLimits } from '../../runner-hooks/sandbox/limits.ts';
import { LIMITS, roomIn } from './limits.ts';
import { runInSandbox, type SandboxOptions } from '../../runner-hooks/sandbox/sandbox.ts';

/** A folder of this test's own, gone afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-test-'));
  onTestFinished(async () => {
    await removeTree(folder);
    if (await stat(folder).catch(() => undefined)) await rm(folder, { recursive: true });
  });
  return folder;
}

/** Runs a bash script in a fresh sandbox and gives what it printed. */
export async function runScript(
  script: string,
  options: Partial<Omit<SandboxOptions, 'limits'>> & { limits?: Partial<SandboxLimits> } = {}
) {
  const room = options.room ?? roomIn(await createJobFolder(join(await temporaryFolder(), 'work')));
  let output = '';
  const outcome = await runInSandbox({
    command: ['/bin/bash', '-c', script],
    onOutput: (chunk) => (output += chunk.toString()),
    ...options,
    room,
    limits: { ...LIMITS, ...options.limits },
  });
  return { ...outcome, output };
}

/** Host processes whose command line contains `marker`. */
export const processesWith = (marker: string): string[] =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });

/** A repository with one commit of these files; returns its address and the commit. */
export function createRepository(
  folder: string,
  files: Record<string, string>
): { repository: string; commit: string; git: (...args: string[]) => string } {
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_DATE: '1700000000 +0000',
    GIT_COMMITTER_DATE: '1700000000 +0000',
  };
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-C', folder, ...args],
      { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }
    ).trim();
  execFileSync('git', ['init', '-q', '-b', 'main', folder], { env });
  for (const [path, content] of Object.entries(files))
    execFileSync(
      'bash',
      ['-c', 'mkdir -p "$(dirname "$1")"; cat > "$1"', 'x', join(folder, path)],
      {
        input: content,
      }
    );
  git('add', '-A');
  git('commit', '-qm', 'first');
  return { repository: `file://${folder}`, commit: git('rev-parse', 'HEAD'), git };
}
