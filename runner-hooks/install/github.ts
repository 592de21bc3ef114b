export { type GithubOptions, type GithubInstallation, githubInstallation, mailboxOf };

import { access, readFile, readdir, readlink, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { quoted } from '../../contracts/formats/shell-word.ts';
import { KNOCK } from '../github/report.ts';
import { FOREIGN, hookScript } from './bundle.ts';
import { InstallError } from './error.ts';
import type { Check, InstalledFile, Installation } from './installation.ts';

interface GithubOptions {
  /** The runner's folder, absolute: where its `run.sh` and `.env` are. */
  readonly runner: string;
  /** A fault of ours fails the job too. */
  readonly strict?: boolean;
  /** Only bought jobs may run on it. */
  readonly marketOnly?: boolean;
  /** Container hooks that do the work, absolute; default those that the runner has already. */
  readonly containerHooks?: string;
  /** Node's own path; default that of this process. */
  readonly node?: string;
}

interface GithubInstallation extends Installation {
  readonly forge: 'github';
}

const FOLDER = '.runproof';
const MAILBOX = 'mailbox';
const JOB_SCRIPT = 'github-job.cjs';
const CONTAINER_SCRIPT = 'github-container.mjs';
/** The runner's variables (docs.github.com, "Running scripts before or after a job"). */
const HOOKS = {
  started: 'ACTIONS_RUNNER_HOOK_JOB_STARTED',
  completed: 'ACTIONS_RUNNER_HOOK_JOB_COMPLETED',
} as const;
const CONTAINER = 'ACTIONS_RUNNER_CONTAINER_HOOKS';

const mailboxOf = (runner: string): string => join(runner, FOLDER, MAILBOX);

/**
 * Hooks on a self-hosted GitHub Actions runner: its `.env` names our scripts, and they start the hooks that
 * stood there before. The runner reads `.env` when it starts.
 */
function githubInstallation(options: GithubOptions): GithubInstallation {
  const { runner } = options;
  const folder = join(runner, FOLDER);
  const environment = join(runner, '.env');
  return {
    ...{ forge: 'github', target: runner, folder, leavings: [MAILBOX] },
    async files(base) {
      await assertRunner(runner);
      let text = (await base(environment)) ?? '';
      const files: InstalledFile[] = [];
      const script = (name: string, lines: string): void => {
        files.push({ path: join(folder, name), text: lines, mode: 0o755 });
      };
      for (const [stage, variable] of Object.entries(HOOKS)) {
        const former = valueOf(text, variable);
        script(`job-${stage}.sh`, jobScript(stage, former, options));
        text = withValue(text, variable, join(folder, `job-${stage}.sh`));
      }
      files.push({ path: join(folder, JOB_SCRIPT), text: await hookScript('github-job') });
      const delegate = options.containerHooks ?? valueOf(text, CONTAINER);
      if (delegate !== undefined) {
        script('container.sh', containerScript(await readable(delegate), options));
        const bundle = await hookScript('github-container');
        files.push({ path: join(folder, CONTAINER_SCRIPT), text: bundle });
        text = withValue(text, CONTAINER, join(folder, 'container.sh'));
      }
      return [...files, { path: environment, text }];
    },
    checks: () => githubChecks(runner),
  };
}

/** The runner splits its hooks' paths at spaces and knows no quotes. @throws {InstallError} `TARGET` */
async function assertRunner(runner: string): Promise<void> {
  if (!isAbsolute(runner) || !/^[\w@%+=:,./-]+$/.test(runner))
    throw new InstallError(
      'TARGET',
      `GitHub's runner cannot start hooks in ${JSON.stringify(runner)}; move it to a path of plain letters.`
    );
  await access(join(runner, 'run.sh')).catch((cause: unknown) => {
    throw new InstallError(
      'TARGET',
      `${runner} has no run.sh; name the folder of a GitHub runner.`,
      {
        cause,
      }
    );
  });
}

async function readable(path: string): Promise<string> {
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false
  );
  if (isFile && isAbsolute(path)) return path;
  throw new InstallError(
    'TARGET',
    `the container hooks ${path} are no file; give their full path.`
  );
}

/** The last one counts, as the runner reads it: no quotes, no comments. */
const valueOf = (text: string, name: string): string | undefined =>
  text
    .split(/\r?\n/)
    .filter((line) => line.startsWith(`${name}=`))
    .at(-1)
    ?.slice(name.length + 1);

/** In the place of the line that counted, or at the end; all other lines stay as they are. */
function withValue(text: string, name: string, value: string): string {
  const lines: string[] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const at = lines.findLastIndex((line) => line.startsWith(`${name}=`));
  const line = `${name}=${value}\n`;
  if (at !== -1) return lines.with(at, line).join('');
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${end}${line}`;
}

function jobScript(stage: string, former: string | undefined, options: GithubOptions): string {
  const { runner, strict = false, marketOnly = false, node = process.execPath } = options;
  if (former !== undefined && !former.endsWith('.sh'))
    throw new InstallError(
      'TARGET',
      `the runner's hook ${former} is no shell script, so ours cannot start it; remove its line first.`
    );
  const flags = [...(strict ? ['--strict'] : []), ...(marketOnly ? ['--market-only'] : [])];
  const words = [node, join(runner, FOLDER, JOB_SCRIPT), stage, mailboxOf(runner), ...flags];
  const waits = marketOnly || (strict && stage === 'started');
  // R7: where nobody can say whether a job was bought, it was not.
  const isClosed = strict || (marketOnly && stage === 'started');
  return `#!/bin/sh
# Written by \`runproof hooks install github\`, removed by \`runproof hooks uninstall github\`.
${waits ? '' : knockFunction(stage, mailboxOf(runner))}status=0
${waits ? '' : 'knock || '}(unset ${FOREIGN}; exec ${words.map(quoted).join(' ')}) || status=$?
# ${isClosed ? `Installed with --${strict ? 'strict' : 'market-only'}: a fault of ours fails the job.` : '78: the job may not run here. Any other fault is ours, and not the job’s.'}
if [ "$status" -${isClosed ? 'ne 0' : 'eq 78'} ]; then echo 'Runproof: ${stage === 'started' ? 'this job may not run here' : 'what became of this job could not be written down'}.'; exit 1; fi
${former === undefined ? 'exit 0' : `# The hook that stood here before.\nexec ${SHELL} ${quoted(former)}`}
`;
}

/**
 * Has the agent do what Node would: in bash, whose `read` has a time limit. Where it is away, or says
 * anything but `done`, this fails. The pipe's name ends with the agent's process.
 */
const knockFunction = (stage: string, mailbox: string): string => `knock() {
  for pipe in ${quoted(`${mailbox}/${KNOCK}.`)}*; do
    if [ ! -p "$pipe" ] || [ ! -d "/proc/\${pipe##*.}" ]; then continue; fi
    said=
    reply=${quoted(`${mailbox}/`)}$$.reply
    { mkfifo -m 600 "$reply" &&
      { echo "${stage} $$" >&8 && read -r -t 1 said <&9; } 8<>"$pipe" 9<>"$reply"; } 2>/dev/null ||
      rm -f "$reply"
    [ "$said" = done ]
    return
  done
  return 1
}
# Else Node does, and what a job puts into its environment is not for it.
`;

/** As the runner starts a hook. */
const SHELL = 'bash --noprofile --norc -e -o pipefail';

function containerScript(
  delegate: string,
  { runner, node = process.execPath }: GithubOptions
): string {
  const words = [node, join(runner, FOLDER, CONTAINER_SCRIPT), mailboxOf(runner), delegate];
  const alone = delegate.endsWith('.js')
    ? [node, delegate].map(quoted).join(' ')
    : `${SHELL} ${quoted(delegate)}`;
  return `#!/bin/sh
# Written by \`runproof hooks install github\`, removed by \`runproof hooks uninstall github\`.
# Without Node or our script the runner has its own container hooks all the same.
if [ ! -x ${quoted(node)} ] || [ ! -r ${quoted(words[1]!)} ]; then exec ${alone}; fi
exec ${words.map(quoted).join(' ')}
`;
}

async function githubChecks(runner: string): Promise<readonly Check[]> {
  const isConfigured = await access(join(runner, '.runner')).then(
    () => true,
    () => false
  );
  const service = await readFile(join(runner, '.service'), 'utf8').then(
    (name) => name.trim(),
    () => undefined
  );
  return [
    isConfigured
      ? { name: 'runner', verdict: 'works', detail: `${runner} is registered` }
      : {
          ...{ name: 'runner', verdict: 'limited', detail: `${runner} is not registered yet` },
          remedy: `run ${join(runner, 'config.sh')}`,
        },
    await listenerCheck(runner, service),
  ];
}

/** The runner's listener reads `.env` once, when it starts. */
async function listenerCheck(runner: string, service: string | undefined): Promise<Check> {
  const name = 'runner process';
  const { mtimeMs: changed } = await stat(join(runner, '.env')).catch(() => ({ mtimeMs: 0 }));
  const started = await listenersOf(runner);
  if (started.length === 0)
    return { name, verdict: 'limited', detail: 'not running', remedy: 'start it' };
  if (started.every((at) => at >= changed))
    return { name, verdict: 'works', detail: 'has read its .env as it is' };
  return {
    ...{ name, verdict: 'limited', detail: 'started before its .env was changed' },
    remedy: service === undefined ? 'restart it' : `run: sudo systemctl restart ${service}`,
  };
}

/** When each was started, Unix milliseconds. */
async function listenersOf(runner: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const starts = await Promise.all(
    pids.map(async (pid) => {
      const exe = await readlink(`/proc/${pid}/exe`).catch(() => '');
      if (exe !== join(runner, 'bin', 'Runner.Listener')) return [];
      return stat(`/proc/${pid}`).then(
        ({ ctimeMs }) => [ctimeMs],
        () => []
      );
    })
  );
  return starts.flat();
}
