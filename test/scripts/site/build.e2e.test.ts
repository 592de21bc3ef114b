import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../ipfs/publish.ts';
import { buildSite } from '../../../scripts/site/build.ts';
import { ROOT, exportHead, headCommit } from '../../../scripts/site/checkout.ts';
import { FIRST_LOAD_GZIP, readPinned, siteSize } from '../../../scripts/site/size.ts';

const run = promisify(execFile);

let folder: string;
let commit: string;
/**
 * One clone, which links to packages in a folder that comes first by name, since a bundler may sort by
 * path; another deeper down, which links to those of this checkout; and an archive, which has no `.git`.
 */
let sites: { clone: string; deeper: string; archive: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-build-'));
  commit = await headCommit();
  const packages = join(ROOT, 'node_modules');
  const clone = (path: string) => run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, path]);
  const linked = async (path: string): Promise<string> => {
    await clone(path);
    await symlink(packages, join(path, 'node_modules'));
    return buildSite(path);
  };
  const first = async (path: string): Promise<string> => {
    await clone(path);
    const place = join(folder, '0/node_modules');
    await mkdir(place, { recursive: true });
    await symlink(place, join(path, 'node_modules'));
    const build = [process.execPath, join(path, 'bin/build.mjs'), '--site'];
    const mounts = ['--dev-bind', '/', '/', '--bind', packages, place];
    await run('bwrap', [...mounts, '--chdir', path, ...build]);
    return join(path, 'dist/site');
  };
  await mkdir(join(folder, 'b/somewhere'), { recursive: true });
  await exportHead(commit, join(folder, 'c'));
  sites = {
    clone: await first(join(folder, 'a')),
    deeper: await linked(join(folder, 'b/somewhere/else')),
    archive: await buildSite(join(folder, 'c')),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cid = async (site: string): Promise<string> => (await digestOf(site)).cid.toString();

const texts = async (site: string): Promise<[string, string][]> => {
  const names = await readdir(site, { recursive: true });
  const code = names.filter((name) => /\.(js|css|html)$/.test(name) && !name.startsWith('o1js'));
  return Promise.all(
    code.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(join(site, name), 'utf8'),
    ])
  );
};

describe('the built site', () => {
  it('has one CID, whichever folder the commit was built in, with git beside it or without', async () => {
    expect(await cid(sites.deeper)).toBe(await cid(sites.clone));
    expect(await cid(sites.archive)).toBe(await cid(sites.clone));
  });

  it('names its commit and no path of the machine', async () => {
    const all = await texts(sites.clone);
    expect(all.filter(([, text]) => text.includes(commit)).length).toBe(1);
    for (const [name, text] of all)
      for (const path of [folder, ROOT, 'node_modules'])
        expect(text.includes(path), `${name} has ${path}`).toBe(false);
  });

  it('holds o1js as it came, which no other file loads at first', async () => {
    const [name] = (await readdir(sites.clone)).filter((entry) => entry.startsWith('o1js-'));
    const original = await readFile(join(ROOT, 'node_modules/o1js/dist/web/index.js'));
    expect(Buffer.compare(await readFile(join(sites.clone, name!)), original)).toBe(0);
    const page = await readFile(join(sites.clone, 'index.html'), 'utf8');
    expect(page).not.toContain(name);
  });

  it('has the title that a job was given, as text, and leaves out what was not asked for', async () => {
    const parameters = join(folder, 'parameters.json');
    const out = join(folder, 'titled');
    const title = '</title><script>alert(1)</script>&amp;';
    await writeFile(parameters, JSON.stringify({ title, include: 'app' }));
    const build = join(folder, 'c/bin/build.mjs');
    await run(process.execPath, [build, '--out', out, '--parameters', parameters]);
    expect(await readdir(out)).toEqual(['site']);
    const page = await readFile(join(out, 'site/index.html'), 'utf8');
    expect(page).toContain('<title>&#60;/title>&#60;script>alert(1)&#60;/script>&#38;amp;</title>');
    expect(await cid(join(out, 'site'))).not.toBe(await cid(sites.archive));
  });

  it('is addressed relatively and runs no script of the page itself', async () => {
    const page = await readFile(join(sites.clone, 'index.html'), 'utf8');
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) expect(address).toMatch(/^\.\//);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/);
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).not.toContain('unsafe');
  });

  it(`is small: as pinned, and at most ${FIRST_LOAD_GZIP} bytes before it can be used`, async () => {
    const size = await siteSize(sites.clone);
    expect(size.firstLoad.gzip).toBeLessThanOrEqual(FIRST_LOAD_GZIP);
    const pinned = await readPinned();
    const bytes = (files: Record<string, { bytes: number }> = {}) =>
      Object.entries(files).map(([name, file]) => `${name} ${file.bytes}`);
    // After a change that is meant: `npm run pin:size`.
    expect(bytes(size.files)).toEqual(bytes(pinned?.files));
  });
});
