import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitServer, startGit } from '../../../scripts/network/git.ts';

const TOKEN = 'a-token-for-tests';
const run = promisify(execFile);
let folder: string;
let server: GitServer;
let repository: string;
let checkout: string;

/** The real command line, with nobody's settings. */
const git = async (cwd: string, ...args: string[]): Promise<string> => {
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  };
  return (await run('git', args, { cwd, env })).stdout.trim();
};

const withToken = (): string => repository.replace('http://', `http://x:${TOKEN}@`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-git-'));
  checkout = join(folder, 'checkout');
  await git(folder, 'init', '--quiet', '--initial-branch=trunk', checkout);
  await writeFile(join(checkout, 'a.txt'), 'one\n');
  await git(checkout, 'add', '.');
  await git(checkout, 'commit', '--quiet', '-m', 'first');
  server = await startGit({ root: join(folder, 'root'), token: TOKEN });
  repository = await server.createRepository('log.git');
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the git server', () => {
  it('hosts the HEAD of a checkout, from shallow ones too, and follows it', async () => {
    const head = await git(checkout, 'rev-parse', 'HEAD');
    const url = await server.createRepository('mirror.git', { mirrorOf: checkout });
    expect(await git(folder, 'ls-remote', url, 'HEAD')).toBe(`${head}\tHEAD`);

    await git(checkout, 'commit', '--quiet', '--allow-empty', '-m', 'second');
    const shallow = join(folder, 'shallow');
    await git(folder, 'clone', '--quiet', '--depth=1', `file://${checkout}`, shallow);
    await server.createRepository('mirror.git', { mirrorOf: shallow });
    const next = await git(checkout, 'rev-parse', 'HEAD');
    expect(await git(folder, 'ls-remote', url, 'HEAD')).toBe(`${next}\tHEAD`);
    const clone = join(folder, 'clone');
    await git(folder, 'clone', '--quiet', url, clone);
    expect(await git(clone, 'rev-parse', 'HEAD')).toBe(next);
  });

  it('hosts this very repository', async () => {
    const here = join(import.meta.dirname, '../../..');
    const url = await server.createRepository('runproof.git', { mirrorOf: here });
    expect(await git(folder, 'ls-remote', url, 'refs/heads/main')).toContain(
      await git(here, '-c', 'safe.directory=*', 'rev-parse', 'HEAD')
    );
  });

  it('takes a push with the token, as basic and as bearer, and none without or with another', async () => {
    await expect(
      git(checkout, 'push', '--quiet', repository, 'HEAD:refs/heads/x')
    ).rejects.toThrow();
    const wrong = repository.replace('http://', 'http://x:wrong@');
    await expect(git(checkout, 'push', '--quiet', wrong, 'HEAD:refs/heads/x')).rejects.toThrow();
    await git(checkout, 'push', '--quiet', withToken(), 'HEAD:refs/heads/x');
    await git(
      checkout,
      '-c',
      `http.extraHeader=Authorization: Bearer ${TOKEN}`,
      'push',
      '--quiet',
      repository,
      'HEAD:refs/heads/y'
    );
    expect(await git(folder, 'ls-remote', repository)).toMatch(
      /refs\/heads\/x[\s\S]*refs\/heads\/y/
    );
  });

  it('G4: refuses forced pushes and deleted refs, whoever asks', async () => {
    await git(checkout, 'push', '--quiet', withToken(), 'HEAD:refs/heads/kept');
    const before = await git(folder, 'ls-remote', repository, 'refs/heads/kept');
    const other = await git(checkout, 'commit-tree', '-m', 'another root', 'HEAD^{tree}');
    for (const ref of [`+${other}:refs/heads/kept`, ':refs/heads/kept'])
      await expect(git(checkout, 'push', '--quiet', withToken(), ref)).rejects.toThrow(/remote/);
    expect(await git(folder, 'ls-remote', repository, 'refs/heads/kept')).toBe(before);
  });

  it('refuses objects that fsck objects to', async () => {
    const tree = await git(checkout, 'rev-parse', 'HEAD^{tree}');
    const file = join(folder, 'bad-commit');
    await writeFile(file, `tree ${tree}\nauthor nobody\ncommitter nobody\n\nno dates\n`);
    const bad = await git(checkout, 'hash-object', '--literally', '-t', 'commit', '-w', file);
    await expect(
      git(checkout, 'push', '--quiet', withToken(), `${bad}:refs/heads/bad`)
    ).rejects.toThrow(/fsck|missingEmail|unpack/);
  });

  it('G2: runs no hook of a repository', async () => {
    const url = await server.createRepository('hooked.git');
    const hooks = join(folder, 'root/hooked.git/hooks');
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, 'pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await git(checkout, 'push', '--quiet', url.replace('//', `//x:${TOKEN}@`), 'HEAD:refs/heads/x');
    expect(await git(folder, 'ls-remote', url)).toContain('refs/heads/x');
  });

  it('knows no path but those of the smart protocol below its root', async () => {
    await symlink(join(checkout, '.git'), join(folder, 'root/linked.git'));
    for (const path of [
      '/log.git/HEAD',
      '/log.git/objects/info/packs',
      '/log.git/info/refs',
      '/log.git/info/refs?service=git-upload-archive',
      '/linked.git/info/refs?service=git-upload-pack',
      '/absent.git/info/refs?service=git-upload-pack',
      '/%2e%2e/checkout/.git/info/refs?service=git-upload-pack',
      '/..%2fcheckout.git/info/refs?service=git-upload-pack',
    ])
      expect((await fetch(server.url + path)).status, path).toBeGreaterThanOrEqual(400);
    expect(await rawStatus('/../checkout/.git/info/refs?service=git-upload-pack')).toBe(404);
    await expect(server.createRepository('../out.git')).rejects.toMatchObject({ code: 'NAME' });
  });

  it('answers browsers: preflight, and CORS headers on every answer', async () => {
    const preflight = await fetch(`${repository}/git-upload-pack`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('git-protocol');
    const refs = await fetch(`${repository}/info/refs?service=git-upload-pack`);
    expect(refs.status).toBe(200);
    expect(refs.headers.get('access-control-allow-origin')).toBe('*');
    const denied = await fetch(`${repository}/git-receive-pack`, { method: 'POST' });
    expect(denied.status).toBe(401);
    expect(denied.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('bounds a request in bytes, announced or not, and in time', async () => {
    const tight = await startGit({
      root: join(folder, 'root'),
      token: TOKEN,
      limits: { requestBytes: 1000, milliseconds: 1500 },
    });
    try {
      const url = `${tight.url}/log.git/git-upload-pack`;
      const headers = { 'content-type': 'application/x-git-upload-pack-request' };
      const post = (body: RequestInit): Promise<Response> =>
        fetch(url, { method: 'POST', headers, ...body });
      expect((await post({ body: new Uint8Array(2000) })).status).toBe(413);
      const chunked = new Blob([new Uint8Array(2000).fill(48)]).stream();
      const answer = await post({ body: chunked, duplex: 'half' } as RequestInit);
      expect(answer.status).toBe(413);

      const silent = new ReadableStream({
        start: (out) => out.enqueue(new Uint8Array(4).fill(48)),
      });
      const began = Date.now();
      await post({ body: silent, duplex: 'half' } as RequestInit)
        .then((slow) => slow.text())
        .catch(() => undefined);
      expect(Date.now() - began).toBeLessThan(10_000);
    } finally {
      await tight.stop();
    }
  });

  it('says which port it could not have', async () => {
    const port = Number(new URL(server.url).port);
    await expect(
      startGit({ root: join(folder, 'root'), token: TOKEN, port })
    ).rejects.toMatchObject({ code: 'LISTEN' });
  });
});

/** A path as it stands: `fetch` would clean it up first. */
const rawStatus = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    );
    socket.once('data', (data) => resolve(Number(/^HTTP\/1.1 (\d+)/.exec(data.toString())?.[1])));
    socket.once('error', reject);
  });
