import { execFile, execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KeyPair, generateKeyPair, signFieldElements } from '../../../contracts/chain/sign.ts';
import type { Origin } from '../../../contracts/formats/origin.ts';
import { contentOn } from '../../../runner-hooks/daemon/ipfs-content.ts';
import { begin } from '../../../runner-hooks/record/begin.ts';
import {
  type AgentContext,
  type Published,
  publishPending,
} from '../../../runner-hooks/record/publication.ts';
import { createProgram, runProgram } from '../../../scripts/cli/command.ts';
import { addVerifyCommand } from '../../../scripts/cli/verify.ts';
import { type GitServer, startGit } from '../../../scripts/network/git.ts';
import { type Ipfs, startIpfs } from '../../../scripts/network/ipfs.ts';
import { ORIGIN } from '../../fixtures/signed-runs.ts';
import { createRepository } from '../../runner-hooks/room.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

const TOKEN = 'a-token-for-tests';
let folder: string;
let git: GitServer;
let ipfs: Ipfs;
let repository: string;
/** The source repository: the log is kept in it, beside the code. */
let clone: string;
let source: ReturnType<typeof createRepository>;
const runner: KeyPair = generateKeyPair();
let published: readonly Published[];
let pushedAway: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runproof-verify-'));
  git = await startGit({ root: join(folder, 'root'), token: TOKEN });
  ipfs = await startIpfs({ folder: join(folder, 'node'), listen: [] });
  repository = await git.createRepository('library.git');
  clone = join(folder, 'clone');
  await mkdir(clone);
  source = createRepository(clone, { 'a.txt': 'hello' });
  pushedAway = source.commit;
  source.git('commit', '-q', '--amend', '-m', 'better');
  source.git('reflog', 'expire', '--expire=now', '--all');
  const head = source.git('rev-parse', 'HEAD');
  published = await record([
    { commit: pushedAway, run: '1' },
    { commit: head, run: '2' },
    { commit: head, run: '3', event: 'pull_request', fork: true },
  ]);
  const notes = 'refs/notes/runproof/*:refs/notes/runproof/*';
  // The host answers in this process.
  await promisify(execFile)('git', ['-C', clone, 'fetch', '-q', repository, notes]);
});
afterAll(async () => {
  await ipfs.stop();
  await git.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function record(origins: readonly Partial<Origin>[]): Promise<readonly Published[]> {
  const spool = join(folder, 'spool');
  const outputs = join(folder, 'out');
  await mkdir(outputs, { recursive: true });
  await mkdir(spool, { recursive: true });
  await writeFile(join(outputs, 'app.js'), 'console.log(1)');
  for (const [i, origin] of origins.entries()) {
    const run = await begin(spool, { ...ORIGIN, ...origin }, { startedAt: 1_790_000_000_000 + i });
    await run.end({ exitStatus: 0, outputs, masks: [] });
  }
  const context: AgentContext = {
    spool,
    key: {
      publicKey: runner.publicKey,
      sign: (commitment) => signFieldElements([commitment], runner.privateKey),
    },
    content: contentOn(ipfs.node),
    log: () => ({ repository, token: TOKEN, folder: join(folder, 'runner-clone') }),
  };
  return publishPending(context);
}

let printed: string;
let complained: string;
beforeEach(() => {
  printed = complained = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complained += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** One call with no Mina node at all. */
async function verify(...args: string[]): Promise<number> {
  printed = complained = '';
  process.exitCode = undefined;
  const program = createProgram('0');
  addVerifyCommand(program);
  return runProgram(program, ['--home', join(folder, 'home'), 'verify', ...args]);
}

async function failing(...args: string[]): Promise<readonly string[]> {
  const status = await verify(...args, '--format', 'json');
  const { ok, checks } = JSON.parse(printed) as {
    ok: boolean;
    checks: { id: string; ok: boolean }[];
  };
  const ids = checks.filter((check) => !check.ok).map(({ id }) => id);
  expect([status, ok]).toEqual(ids.length === 0 ? [0, true] : [1, false]);
  return ids;
}

let policies = 0;
async function policy(rest: object = {}, key = runner.publicKey): Promise<string> {
  const path = join(folder, `policy-${(policies += 1)}.json`);
  await writeFile(path, JSON.stringify({ version: 1, runners: [{ key }], ...rest }));
  return path;
}

describe('runproof verify, of a run', () => {
  it('passes by commit, receipt, result, note and key, from a clone, an address and IPFS alone', async () => {
    const [, mine] = published;
    const head = source.git('rev-parse', 'HEAD');
    const at = ['--gateway', ipfs.url];
    for (const place of [clone, repository])
      for (const target of [
        mine!.commit,
        mine!.receipt,
        mine!.result,
        mine!.note,
        runner.publicKey,
        head,
      ])
        expect(await failing(target, '--log', place, ...at)).toEqual([]);
    expect(await failing(mine!.note, ...at)).toEqual([]);
    expect(await verify(head, '--log', clone)).toBe(0);
    expect(printed).toMatch(/ok {4}2 runner-signature +the receipt is signed by B62/);
  });

  it('gives the in-toto statement alone, once all checks hold', async () => {
    const [, mine] = published;
    expect(await verify(mine!.note, '--gateway', ipfs.url, '--format', 'slsa')).toBe(0);
    const statement = JSON.parse(printed) as { subject: { name: string }[]; predicateType: string };
    expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
    expect(statement.subject.map(({ name }) => name)).toEqual(['outputs/app.js']);
    const strict = await policy({ events: ['schedule'] });
    const args = ['--gateway', ipfs.url, '--format', 'slsa', '--policy', strict];
    expect(await verify(mine!.note, ...args)).toBe(1);
    expect(printed).toBe('');
    expect(complained).toMatch(/FAIL {2}2 event/);
  });

  it('holds a commit’s runs against a policy, those that the policy is about', async () => {
    const head = source.git('rev-parse', 'HEAD');
    const rules = { sources: ['git.example/library/library'], events: ['push'], reachable: true };
    expect(await failing(head, '--log', clone, '--policy', await policy(rules))).toEqual([]);
    const strict = await policy({ ...rules, events: ['release'] });
    expect(await failing(head, '--log', clone, '--policy', strict)).toEqual(
      expect.arrayContaining(['event', 'fork'])
    );
    const budget = await policy({ ...rules, budgets: [{ counter: 'task-clock', most: '1' }] });
    expect(await failing(head, '--log', clone, '--policy', budget)).toEqual(['budget']);
  });

  it('O7: refuses a runner that the policy does not name', async () => {
    const head = source.git('rev-parse', 'HEAD');
    const others = await policy({ forks: true }, generateKeyPair().publicKey);
    expect(await failing(head, '--log', clone, '--policy', others)).toEqual(['runner', 'runner']);
  });

  it('G4: keeps the receipt of a commit that was pushed away, and refuses it where that matters', async () => {
    expect(await failing(pushedAway, '--log', clone)).toEqual([]);
    const rules = await policy({ reachable: true });
    expect(await failing(pushedAway, '--log', clone, '--policy', rules)).toEqual(['reachable']);
    expect(
      await failing(pushedAway, '--log', repository, '--source', clone, '--policy', rules)
    ).toEqual(['reachable']);
    expect(await failing(pushedAway, '--log', repository, '--policy', rules)).toEqual([
      'reachable',
    ]);
  });

  it('G4: names a log that was rewritten behind a commit that the policy pins', async () => {
    const pinned = { runners: [{ key: runner.publicKey, last: published[1]!.commit }] };
    const other = join(folder, 'other');
    execFileSync('git', ['clone', '-q', '--mirror', clone, other]);
    const ref = `refs/notes/runproof/${runner.publicKey}`;
    execFileSync('git', ['-C', other, 'update-ref', ref, published[0]!.commit]);
    const rules = await policy(pinned);
    expect(await failing(published[0]!.commit, '--log', other, '--policy', rules)).toEqual([
      'runner',
    ]);
    expect(await failing(published[0]!.commit, '--log', clone, '--policy', rules)).toEqual([]);
    expect(await failing(published[2]!.commit, '--log', clone, '--policy', rules)).toEqual(
      expect.arrayContaining(['runner'])
    );
  });

  it('ends with 2 where it could not look: no receipt, no host, no policy, a wrong call', async () => {
    const head = source.git('rev-parse', 'HEAD');
    const calls: readonly (readonly string[])[] = [
      ['f'.repeat(40), '--log', clone, '--runner', runner.publicKey],
      [head, '--log', 'http://127.0.0.1:1/x.git', '--runner', runner.publicKey],
      [head, '--log', clone, '--policy', join(folder, 'nowhere.json')],
      [head, '--log', clone, '--format', 'xml'],
      [head, '--log', clone, '--policy', await policy({ extra: 1 })],
      ['what is this?', '--log', clone],
      [head, '--log', clone, '--tab', runner.publicKey],
      [head, '--nonsense'],
      [],
    ];
    for (const call of calls) expect([call, await verify(...call)]).toEqual([call, 2]);
  });
});
