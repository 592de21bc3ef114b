import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import { startGithub } from '../network/github/github.ts';
import { createRunner as createGithubRunner } from '../network/github/runner.ts';
import { startGitlab } from '../network/gitlab/gitlab.ts';
import { createRunner as createGitlabRunner } from '../network/gitlab/runner.ts';
import { FOLDER } from '../hooks/config.ts';
import { ROOT } from '../site/checkout.ts';
import { runproof, startInBackground } from './background.ts';
import { WORKFLOW, githubWorkflow, gitlabPipeline } from './workflow.ts';

export { type DemoForge, type DriverName, startDemoForge };

type DriverName = Descriptor['driver'];

/** A forge on loopback with this repository, and a runner of it on this machine that has our hooks. */
interface DemoForge {
  /** Address of the source, and its commit: this checkout's, and on top of it the workflow. */
  readonly repository: string;
  readonly commit: string;
  /** The same repository on this disk. */
  readonly folder: string;
  /** An entry of `forges` in provider.json. */
  readonly config: object;
  stop(): Promise<void>;
}

interface ForgeOptions {
  /** Of this checkout. */
  readonly commit: string;
  readonly folder: string;
  /** Where a runner's own receipts would go, and a token that may push there. */
  readonly log: string;
  readonly logToken: string;
}

const REPOSITORY = 'runproof/app';
/** Where a job finds this checkout's dependencies. */
const MODULES = '/runproof/node_modules';

const BUILD = [
  'node bin/build.mjs --out dist --parameters "$RUNPROOF_PARAMETERS"',
  'node --import tsx scripts/site/cid.ts dist/site',
];

const FILES = {
  github: githubWorkflow([
    'uses: actions/checkout@v4',
    'run: ln -s "$RUNPROOF_MODULES" node_modules',
    ...BUILD.map((command) => `run: ${command}`),
    'uses: actions/upload-artifact@v4\nwith: { name: dist, path: dist }',
  ]),
  gitlab: gitlabPipeline([`ln -s ${MODULES} node_modules`, ...BUILD], ['dist']),
};

/** By the commands that a provider would use; what was started is stopped again where a later part fails. */
async function startDemoForge(
  name: Exclude<DriverName, 'local'>,
  { commit: base, folder, log, logToken }: ForgeOptions
): Promise<DemoForge> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = join(folder, 'hooks-home');
  const secret = async (file: string, value: string): Promise<string> => {
    await writeFile(join(folder, file), value, { mode: 0o600 });
    return join(folder, file);
  };
  const logTokenFile = await secret('log-token', logToken);
  const [token, triggerToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const install = (...words: readonly string[]): Promise<void> =>
    runproof(home, [
      ...['hooks', 'install', ...words],
      ...['--log', log, '--token-file', logTokenFile, '--yes'],
    ]);
  const common = {
    ...{ forge: name, token: { file: await secret('token', token) }, pollSeconds: 1 },
    spool: join(home, FOLDER, 'spool'),
  };
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const files = { [WORKFLOW[name]]: FILES[name] };
  const onto = { checkout: ROOT, commit: base };
  try {
    if (name === 'github') {
      const runner = await createGithubRunner(join(folder, 'runner'));
      const environment = `RUNPROOF_MODULES=${join(ROOT, 'node_modules')}\n`;
      await appendFile(join(runner.folder, '.env'), environment);
      await install('github', '--runner', runner.folder);
      const agent = await startInBackground({
        ...{ home, words: ['hooks', 'agent'], name: 'the hooks’ agent' },
        logFile: join(folder, 'agent.log'),
        // It hears the hooks.
        isThere: (line) => line.includes('"msg":"listening"'),
      });
      started.push(agent);
      const github = await startGithub({ folder: join(folder, 'git'), token, runner });
      started.push(github);
      const commit = await github.repositories.commit(REPOSITORY, files, { onto });
      return {
        ...{ repository: `${github.url}/${REPOSITORY}.git`, commit, stop },
        folder: (await github.repositories.find(REPOSITORY))!,
        config: { ...common, host: github.host, address: github.api },
      };
    }
    const gitlab = await startGitlab({ folder: join(folder, 'git'), token, triggerToken });
    started.push(gitlab);
    const runner = await createGitlabRunner(join(folder, 'runner'), gitlab.url);
    const modules = `${join(ROOT, 'node_modules')}:${MODULES}`;
    await install('gitlab', '--config', runner.config, '--mount', modules);
    gitlab.setRunner(runner);
    const commit = await gitlab.repositories.commit(REPOSITORY, files, { onto });
    const trigger = { file: await secret('trigger-token', triggerToken) };
    return {
      ...{ repository: `${gitlab.url}/${REPOSITORY}.git`, commit, stop },
      folder: (await gitlab.repositories.find(REPOSITORY))!,
      config: { ...common, host: gitlab.host, address: gitlab.url, triggerToken: trigger },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
