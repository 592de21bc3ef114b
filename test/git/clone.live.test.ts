import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync } from 'node:zlib';
import * as git from 'isomorphic-git';
import { afterEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { EMPTY_TREE, objectId } from '../../contracts/formats/log-commit.ts';
import { type Clone, openClone } from '../../git/clone.ts';
import { type GitFiles, memoryFiles } from '../../git/files.ts';

const limits = { milliseconds: 2000, bytes: 10_000 };
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function host(answer: RequestListener): Promise<string> {
  const own = (server = createServer(answer));
  await new Promise<void>((done) => own.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(own.address() as AddressInfo).port}/x.git`;
}
const clone = (files: GitFiles = memoryFiles()): Promise<Clone> => openClone(files, '/x.git');
const fetching = async (answer: RequestListener): Promise<unknown> =>
  (await clone()).fetch(await host(answer), 'refs/notes/x', limits);

/** A pack of one blob of five letters. */
function packOf(letters: string): Buffer {
  const head = Buffer.from([...utf8.encode('PACK'), 0, 0, 0, 2, 0, 0, 0, 1, 0x35]);
  return sealed(Buffer.concat([head, deflateSync(letters)]));
}
const sealed = (body: Buffer): Buffer =>
  Buffer.concat([body, createHash('sha1').update(body).digest()]);

describe('a clone', () => {
  it('gives back the exact objects that were put into it, and points refs at them', async () => {
    const own = await clone();
    const blob = utf8.encode('blob 5\0hello');
    const id = await own.write(blob);
    expect(id).toBe(objectId(blob));
    expect(await own.read(id)).toEqual(blob);
    expect(await own.has(id)).toBe(true);
    expect(await own.has('f'.repeat(40))).toBe(false);
    expect(await own.write(utf8.encode('tree 0\0'))).toBe(EMPTY_TREE);
    expect(await own.resolve('refs/notes/x')).toBeUndefined();
    await own.point('refs/notes/x', id);
    expect(await own.resolve('refs/notes/x')).toBe(id);
  });

  it('G3: gives no bytes under a name that they do not hash to, loose or packed', async () => {
    const files = memoryFiles();
    const own = await clone(files);
    const put = files.promises.writeFile as (path: string, bytes: Uint8Array) => Promise<void>;
    const get = files.promises.readFile as (path: string) => Promise<Uint8Array>;
    const [hello, world] = ['hello', 'world'].map((text) =>
      objectId(utf8.encode(`blob 5\0${text}`))
    ) as [string, string];
    const pack = '/x.git/objects/pack/pack-1';
    await put(`${pack}.pack`, packOf('world'));
    await git.indexPack({
      fs: files,
      dir: '/',
      gitdir: '/x.git',
      filepath: `${pack}.pack`.slice(1),
    });
    expect(await own.read(world)).toEqual(utf8.encode('blob 5\0world'));
    // A corrupt index says that "hello" stands where "world" does.
    const index = Buffer.from(await get(`${pack}.idx`));
    index.write(hello, index.indexOf(world, 'hex'), 'hex');
    await put(`${pack}.idx`, sealed(index.subarray(0, -20)));
    const fresh = await clone(files);
    await expect(fresh.read(hello)).rejects.toThrow(/hashes to/);
    await expect(fresh.read(hello)).rejects.toMatchObject({ code: 'OBJECT' });

    const id = await own.write(utf8.encode('blob 4\0true'));
    const path = `/x.git/objects/${id.slice(0, 2)}/${id.slice(2)}`;
    await put(path, deflateSync(utf8.encode('blob 4\0fals')));
    await expect(own.read(id)).rejects.toMatchObject({ code: 'OBJECT' });
  });

  it('tells an answer that is not git’s, a refusal and a redirect apart', async () => {
    const html = fetching((_, response) => response.end('<html>sign in</html>'));
    await expect(html).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const refusal = fetching((_, response) => response.writeHead(403).end());
    await expect(refusal).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    let visits = 0;
    const away = fetching((request, response) => {
      visits += 1;
      response.writeHead(302, { location: `http://${request.headers.host}/inside` }).end();
    });
    await expect(away).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(visits).toBe(1);
  });

  it('G3: bounds what a host sends', async () => {
    const endless = fetching((_, response) => {
      const more = (): boolean => response.write(Buffer.alloc(1000), () => void more());
      more();
    });
    await expect(endless).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('G3: ends an answer that stalls half-way, though the request was collected as garbage', async () => {
    setFlagsFromString('--expose-gc');
    const collector = setInterval(runInNewContext('gc') as () => void, 50);
    try {
      const began = Date.now();
      let hungUp = false;
      const stalling: RequestListener = (_, response) => {
        response.on('close', () => (hungUp = true));
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
        response.write('001e');
      };
      await expect(fetching(stalling)).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(Date.now() - began).toBeLessThan(10_000);
      await expect.poll(() => hungUp).toBe(true);

      const caller = new AbortController();
      const own = await clone();
      const address = await host((request, response) => {
        stalling(request, response);
        setTimeout(() => caller.abort(), 300);
      });
      const options = { ...limits, milliseconds: 60_000, signal: caller.signal };
      await expect(own.fetch(address, 'refs/notes/x', options)).rejects.toMatchObject({
        code: 'ABORTED',
      });
    } finally {
      clearInterval(collector);
    }
  });

  it('has no place for links, and no folder that nobody made', async () => {
    const { promises } = memoryFiles();
    const call = (name: keyof typeof promises, ...args: string[]): Promise<unknown> =>
      (promises[name] as (...args: string[]) => Promise<unknown>)(...args);
    await expect(call('symlink', '/etc/passwd', '/x')).rejects.toMatchObject({ code: 'EPERM' });
    await expect(call('writeFile', '/a/b', 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    await call('mkdir', '/a');
    await call('writeFile', '/a/b', 'x');
    expect(await call('readdir', '/a')).toEqual(['b']);
    expect(await call('readFile', '/a//b', 'utf8')).toBe('x');
    await call('unlink', '/a/b');
    await expect(call('readFile', '/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
