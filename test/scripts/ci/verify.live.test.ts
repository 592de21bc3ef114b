import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { runLog } from '../../../contracts/formats/log.ts';
import { appendNote } from '../../../runner-hooks/log/append.ts';
import { type GitServer, startGit } from '../../../scripts/network/git.ts';
import { signedRun } from '../../fixtures/signed-runs.ts';
import { createRepository } from '../../runner-hooks/room.ts';

const TOKEN = 'a-token-for-tests';
const root = join(import.meta.dirname, '../../..');
const runner = generateKeyPair();
let folder: string;
let git: GitServer;
/** As a forge's runner has it: a shallow clone with no notes, and the policy beside it. */
let checkout: string;
let commit: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runproof-ci-'));
  git = await startGit({ root: join(folder, 'root'), token: TOKEN });
  const repository = await git.createRepository('library.git');
  const work = join(folder, 'work');
  await mkdir(work);
  const source = createRepository(work, { 'a.txt': 'hello' });
  source.git('commit', '-q', '--allow-empty', '-m', 'second');
  commit = source.git('rev-parse', 'HEAD');
  const host = new URL(repository);
  const withToken = `${host.protocol}//x:${TOKEN}@${host.host}${host.pathname}`;
  await shell(`git -C ${work} push -q ${withToken} main`, {});
  await appendNote({
    ...{ repository, token: TOKEN, folder: join(folder, 'runner-clone') },
    log: runLog(runner.publicKey),
    note: () => signedRun(runner, 1, undefined, { origin: { commit } }),
  });
  checkout = join(folder, 'checkout');
  await shell(`git clone -q --depth 1 --branch main ${repository} ${checkout}`, {});
  await policy('policy.json', { sources: ['git.example/library/library'], reachable: true });
  await policy('strict.json', { events: ['release'] });
});
afterAll(async () => {
  await git.stop();
  rmSync(folder, { recursive: true, force: true });
});

const policy = (name: string, rules: object): Promise<void> =>
  writeFile(
    join(checkout, name),
    JSON.stringify({ version: 1, runners: [{ key: runner.publicKey }], ...rules })
  );

/** As both forges run lines in bash. The git host answers in this process, so nothing may block it. */
async function shell(script: string, env: Record<string, string>, cwd = folder) {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  return { status, text };
}

interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly default?: string; readonly required?: true }>
  >;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly shell: string;
      readonly if?: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

/** Runs the action's steps with these inputs, as GitHub's runner fills them in. */
async function act(given: Readonly<Record<string, string>>) {
  const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;
  expect(action.runs.using).toBe('composite');
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value }]) => [
      name,
      given[name] ?? value ?? '',
    ])
  );
  const filled = (text: string): string =>
    text
      .replace(/\$\{\{ inputs\.([a-z]+) \}\}/g, (_, name: string) => filled(inputs[name]!))
      .replace('${{ github.sha }}', commit);
  let last = { status: 0, text: '' };
  for (const step of action.runs.steps) {
    expect(step.shell).toBe('bash');
    // An expression in a script would let an input write commands.
    expect(step.run).not.toContain('${{');
    if (step.if !== undefined) expect(step.if).toBe("inputs.log == ''");
    if (step.if !== undefined && inputs.log !== '') continue;
    const env = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)]);
    last = await shell(
      step.run,
      {
        ...(Object.fromEntries(env) as Record<string, string>),
        ...{ GITHUB_ACTION_PATH: root, RUNNER_TEMP: folder },
      },
      checkout
    );
    if (last.status !== 0) break;
  }
  return last;
}

describe('the GitHub action', () => {
  it('lets a commit pass that has a receipt, refuses one that the policy refuses, and tells a bad call', async () => {
    const good = await act({ policy: 'policy.json' });
    expect(good).toMatchObject({ status: 0 });
    expect(good.text).toMatch(/ok +1 runner-signature/);
    const bad = await act({ policy: 'strict.json' });
    expect(bad).toMatchObject({ status: 1 });
    expect(bad.text).toMatch(/FAIL +1 event/);
    expect((await act({ policy: 'nowhere.json' })).status).toBe(2);
    expect((await act({ policy: 'policy.json', commit: 'f'.repeat(40) })).status).toBe(2);
  });

  it('takes no input for a command, and no settings from the checkout', async () => {
    const { status } = await act({
      policy: `x"; touch ${folder}/sprung; "`,
      commit: '$(touch sprung)',
    });
    expect(status).toBe(2);
    expect((await shell(`ls ${folder}/sprung ${checkout}/sprung`, {})).status).not.toBe(0);
    await mkdir(join(checkout, '.runproof'));
    await writeFile(join(checkout, '.runproof/config.json'), 'not even JSON');
    expect((await act({ policy: 'policy.json' })).status).toBe(0);
  });
});

describe('the GitLab template', () => {
  it('does the same before a deployment', async () => {
    const text = readFileSync(join(root, 'templates/verify.yml'), 'utf8');
    const [header, body] = parseAllDocuments(text).map((document) => document.toJS() as unknown);
    const { inputs } = (header as { spec: { inputs: Record<string, { default?: string }> } }).spec;
    const job = (body as Record<string, { variables: Record<string, string>; script: string[] }>)[
      'runproof-verify'
    ]!;
    const run = async (given: Readonly<Record<string, string>>) => {
      const filled = (value: string): string =>
        value.replace(
          /\$\[\[ inputs\.([a-z]+) \]\]/g,
          (_, name: string) => given[name] ?? inputs[name]!.default!
        );
      const variables = Object.entries(job.variables).map(([name, value]) => [name, filled(value)]);
      const env = Object.fromEntries(variables) as Record<string, string>;
      return shell(job.script.join('\n'), { ...env, CI_COMMIT_SHA: commit }, checkout);
    };
    const command = `node ${join(root, 'bin/runproof.mjs')}`;
    const good = await run({ command, policy: 'policy.json' });
    expect(good).toMatchObject({ status: 0 });
    expect(good.text).toMatch(/ok +1 runner-signature/);
    expect((await run({ command, policy: 'strict.json' })).status).toBe(1);
    expect((await run({ command, policy: 'nowhere.json' })).status).toBe(2);
  });
});
