import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Origin } from '../../../contracts/formats/origin.ts';
import { type ExecutorSettings, encodeSettings } from '../../../runner-hooks/gitlab/settings.ts';
import { hookScript } from '../../../runner-hooks/install/bundle.ts';
import type { Outcome } from '../../../runner-hooks/journal/outcome.ts';
import { FILES, listRuns, openRun } from '../../../runner-hooks/record/spool.ts';
import { startGit } from '../../../scripts/network/git.ts';
import { createRepository, temporaryFolder } from '../room.ts';
import type { RunnerConfig } from './gitlab-runner.ts';

export { type Installed, CI_FILE, installExecutor, recordedRuns };

const CI_FILE = 'build:\n  script:\n    - make\n';

interface Installed {
  readonly folder: string;
  readonly settings: ExecutorSettings;
  readonly runner: RunnerConfig;
  /** What GitLab would have jobs fetch. */
  readonly source: { readonly repository: string; readonly commit: string };
  /** Folders of jobs that are there now. */
  readonly jobs: () => Promise<readonly string[]>;
}

/** A GitLab with one project, and on the same machine a runner with the executor. */
async function installExecutor(
  changed: Partial<ExecutorSettings> = {},
  files: Record<string, string> = {}
): Promise<Installed> {
  const folder = await temporaryFolder();
  const server = await startGit({ root: join(folder, 'git'), token: 'of-nobody' });
  onTestFinished(() => server.stop());
  const work = join(folder, 'work');
  await mkdir(work);
  const { commit } = createRepository(work, {
    '.gitlab-ci.yml': CI_FILE,
    'main.txt': 'hello\n',
    ...files,
  });
  const repository = await server.createRepository('library.git', { mirrorOf: work });
  execFileSync('git', ['update-ref', 'refs/pipelines/4711', commit], {
    cwd: join(folder, 'git', 'library.git'),
  });
  const settings: ExecutorSettings = {
    ...{ version: 1, url: server.url, folder: join(folder, 'jobs'), spool: join(folder, 'spool') },
    network: { script: 'none', transfer: 'forge', hosts: [] },
    limits: {
      ...{ seconds: 60, memoryBytes: 2 ** 30, processes: 256 },
      ...{ diskBytes: 2 ** 28, logBytes: 2 ** 20 },
    },
    ...{ mounts: [], marketOnly: false, forks: false, publishLog: false },
    ...changed,
  };
  const tmp = join(folder, 'tmp');
  await mkdir(tmp);
  const [file, script, entry] = ['executor.json', 'executor.cjs', 'executor.sh'].map((name) =>
    join(folder, name)
  ) as [string, string, string];
  await writeFile(file, encodeSettings(settings));
  await writeFile(script, await bundled());
  await writeFile(entry, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${file}' "$@"\n`);
  await chmod(entry, 0o755);
  return {
    ...{ folder, settings, source: { repository, commit } },
    runner: { entry, tmp },
    jobs: () => readdir(settings.folder).catch(() => []),
  };
}

let bundle: Promise<string> | undefined;
const bundled = (): Promise<string> => (bundle ??= hookScript('gitlab-executor'));

interface RecordedRun {
  readonly origin: Origin;
  readonly outcome: Outcome;
  /** Folder of what would be published. */
  readonly result: string;
}

/** Runs that have ended and wait for the agent, oldest first. */
async function recordedRuns(spool: string): Promise<readonly RecordedRun[]> {
  const found: RecordedRun[] = [];
  for (const id of await listRuns(spool)) {
    const run = await openRun(spool, id);
    const ended = (await run.events()).find((event) => event.kind === 'ended');
    if (ended !== undefined)
      found.push({
        ...{ origin: ended.origin, outcome: ended.outcome },
        result: join(run.folder, FILES.result),
      });
  }
  return found;
}
