import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchSource } from '../../../runner-hooks/driver/source.ts';
import { startGit } from '../../../scripts/network/git.ts';
import { createRepository, temporaryFolder } from '../room.ts';

const names = (archive: string): string[] =>
  execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).trim().split('\n');

/** A server on loopback that answers everything in one way. */
async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const commit = '0123456789012345678901234567890123456789';

describe('a source', () => {
  it('comes over HTTP, at a commit that is no branch’s, as the archive git itself would make', async () => {
    const folder = await temporaryFolder();
    const first = createRepository(join(folder, 'r'), { 'a.txt': 'a\n', 'b/run.sh': 'x\n' });
    first.git('commit', '--allow-empty', '-qm', 'second');
    const server = await startGit({ root: join(folder, 'root'), token: 'token-token-token' });
    onTestFinished(() => server.stop());
    const repository = await server.createRepository('r.git', { mirrorOf: join(folder, 'r') });

    const source = { repository, commit: first.commit };
    const fetched = await fetchSource(source, { cache: join(folder, 'cache') });
    const expected = execFileSync(
      'bash',
      ['-c', `git -c tar.umask=0022 archive --format=tar ${first.commit} | sha256sum`],
      { cwd: join(folder, 'r'), encoding: 'utf8' }
    ).slice(0, 64);
    expect(Buffer.from(fetched.digest).toString('hex')).toBe(expected);
    expect(fetched.commitTime).toBe(1_700_000_000);
    expect(names(fetched.archive)).toEqual(['a.txt', 'b/', 'b/run.sh']);
  });

  it('is kept, checked against its digest, and fetched anew where the copy is damaged', async () => {
    const folder = await temporaryFolder();
    const source = createRepository(join(folder, 'r'), { a: 'a' });
    const options = { cache: join(folder, 'cache'), allowFiles: true };
    const { archive, digest } = await fetchSource(source, options);
    await appendFile(archive, 'x');
    expect((await fetchSource(source, options)).digest).toEqual(digest);
    expect((await readFile(archive)).length % 512).toBe(0);
    await rm(join(folder, 'r'), { recursive: true });
    expect(await fetchSource(source, options)).toEqual({
      archive,
      digest,
      commitTime: 1_700_000_000,
    });
    await appendFile(archive, 'x');
    await expect(fetchSource(source, options)).rejects.toMatchObject({ code: 'not-found' });
    expect(await readdir(options.cache)).toEqual([]);
  });

  it('G2: runs no hook, filter or submodule of a repository, and writes nothing but the archive', async () => {
    const folder = await temporaryFolder();
    const marker = join(folder, 'ran');
    const inner = createRepository(join(folder, 'inner'), { secret: 's' });
    const { git, repository } = createRepository(join(folder, 'r'), {
      '.gitattributes': '* filter=evil diff=evil\n*.big filter=lfs\nignored export-ignore\n',
      'hooks/post-checkout': `#!/bin/sh\ntouch ${marker}\n`,
      '.gitconfig': `[filter "evil"]\n smudge = touch ${marker}\n`,
      '.lfsconfig': '[lfs]\n url = http://127.0.0.1:9/\n',
      'x.big': 'version https://git-lfs.github.com/spec/v1\n',
      ignored: 'x',
    });
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.repository, 'sub');
    execFileSync('ln', ['-s', '/etc/passwd', join(folder, 'r', 'link')]);
    for (const hook of ['post-upload-pack', 'pre-receive', 'post-checkout'])
      execFileSync('bash', [
        '-c',
        `printf '#!/bin/sh\ntouch ${marker}' > $1; chmod +x $1`,
        'x',
        join(folder, 'r', '.git', 'hooks', hook),
      ]);
    git('add', '-A');
    git('commit', '-qm', 'traps');
    const cache = join(folder, 'cache');
    const { archive } = await fetchSource(
      { repository, commit: git('rev-parse', 'HEAD') },
      { cache, allowFiles: true }
    );
    expect(existsSync(marker)).toBe(false);
    expect(names(archive)).toContain('sub/');
    expect(names(archive)).not.toContain('sub/secret');
    expect(names(archive)).not.toContain('ignored');
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('G2: is refused in every protocol and form that could run or read something here', async () => {
    const cache = join(await temporaryFolder(), 'cache');
    const addresses = [
      ...['file:///etc', '/etc', '../x', 'ssh://host/x', 'git@host:x', 'git://host/x'],
      ...['ext::sh -c touch% /tmp/x', 'fd::3', '--upload-pack=touch /tmp/x', 'https://a:b@host/x'],
      ...['http://host/a b', 'http://host/\n', `http://host/${'x'.repeat(2100)}`, ''],
    ];
    for (const repository of addresses)
      await expect(fetchSource({ repository, commit }, { cache })).rejects.toMatchObject({
        code: 'address',
      });
    for (const name of ['HEAD', 'main', '--all', commit.slice(1), commit.toUpperCase() + 'A'])
      await expect(
        fetchSource({ repository: 'https://host/x', commit: name }, { cache })
      ).rejects.toMatchObject({ code: 'address' });
    const url = await serve((_, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    );
    await expect(fetchSource({ repository: url, commit }, { cache })).rejects.toMatchObject({
      name: 'SourceError',
    });
  });

  it('G3: is given up where it is larger than allowed, packed or unpacked', async () => {
    const folder = await temporaryFolder();
    const options = { cache: join(folder, 'cache'), allowFiles: true, maxBytes: 1_000_000 };
    const noise = createRepository(join(folder, 'noise'), {
      a: randomBytes(3_000_000).toString('latin1'),
    });
    const bomb = createRepository(join(folder, 'bomb'), { a: 'a'.repeat(20_000_000) });
    // Not in the archive, and in the pack all the same.
    const hidden = createRepository(join(folder, 'hidden'), {
      a: randomBytes(3_000_000).toString('latin1'),
      '.gitattributes': 'a export-ignore\n',
    });
    for (const source of [noise, bomb, hidden])
      await expect(fetchSource(source, options)).rejects.toMatchObject({ code: 'too-large' });
    expect(await readdir(options.cache)).toEqual([]);
  });

  it('tells what does not exist from what cannot be reached, and waits only so long', async () => {
    const folder = await temporaryFolder();
    const cache = join(folder, 'cache');
    const { repository } = createRepository(join(folder, 'r'), { a: 'a' });
    await expect(
      fetchSource({ repository, commit }, { cache, allowFiles: true })
    ).rejects.toMatchObject({ code: 'not-found' });
    const none = await serve((_, response) => response.writeHead(404).end());
    await expect(fetchSource({ repository: none, commit }, { cache })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(
      fetchSource({ repository: 'http://127.0.0.1:1/x', commit }, { cache })
    ).rejects.toMatchObject({ code: 'unreachable' });
    const silent = await serve(() => undefined);
    await expect(
      fetchSource({ repository: silent, commit }, { cache, seconds: 0.5 })
    ).rejects.toMatchObject({ code: 'timeout' });
    await expect(
      fetchSource({ repository: silent, commit }, { cache, signal: AbortSignal.timeout(200) })
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(cache)).toEqual([]);
  });
});
