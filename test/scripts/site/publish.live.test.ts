import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCid } from '../../../contracts/formats/cid.ts';
import { importCar } from '../../../ipfs/car.ts';
import { digestOf } from '../../../ipfs/publish.ts';
import { type Ipfs, startIpfs } from '../../../scripts/network/ipfs.ts';
import { ROOT } from '../../../scripts/site/checkout.ts';
import { parseServices, pinAt } from '../../../scripts/site/pinning-service.ts';
import { MemoryStore } from '../../ipfs/memory.ts';

const TOKEN = 'a-token-for-tests';
let folder: string;
let service: Ipfs;
let cid: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-publish-'));
  service = await startIpfs({ folder: join(folder, 'service'), token: TOKEN });
  await mkdir(join(folder, 'site/assets'), { recursive: true });
  await writeFile(join(folder, 'site/index.html'), '<!doctype html><p>a page');
  await writeFile(join(folder, 'site/assets/app.js'), 'x'.repeat(1_500_000));
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  await writeFile(join(folder, 'wrong-token'), 'another');
  cid = (await digestOf(join(folder, 'site'))).cid.toString();
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  status: number;
  out: string;
  err: string;
}

const publish = (pinning: string): Promise<Ended> =>
  new Promise((resolve) => {
    const script = join(ROOT, 'scripts/site/publish.ts');
    const args = ['--folder', join(folder, 'site'), '--car', join(folder, 'site.car')];
    const more = ['--home', join(folder, 'home'), '--listen', '/ip4/127.0.0.1/tcp/0'];
    execFile(
      process.execPath,
      ['--import', 'tsx', script, ...args, ...more, '--domain', 'app.example'],
      { cwd: ROOT, env: { ...process.env, RUNPROOF_PINNING: pinning } },
      (error, out, err) => resolve({ status: error === null ? 0 : Number(error.code), out, err })
    );
  });

describe('publish:site', () => {
  it('pins the site at a service, which serves it when we are gone, and prints its addresses', async () => {
    const { status, out } = await publish(`${service.url} ${join(folder, 'token')}`);
    expect(status).toBe(0);
    expect(out).toContain(`https://dweb.link/ipfs/${cid}/`);
    expect(out).toContain(`https://${cid}.ipfs.dweb.link/`);
    expect(out).toContain(`_dnslink.app.example. TXT "dnslink=/ipfs/${cid}"`);
    expect(await service.node.pins.isPinned(parseCid(cid))).toBe(true);
    const page = await fetch(`${service.url}/ipfs/${cid}/`);
    expect(await page.text()).toBe('<!doctype html><p>a page');
  });

  it('writes a CAR that holds all of it', async () => {
    await publish('');
    const store = new MemoryStore();
    const chunks = createReadStream(join(folder, 'site.car'));
    const { bytes } = await importCar(parseCid(cid), chunks, store);
    expect(bytes).toBeGreaterThan(1_500_000);
  });

  it('ends with a sentence before it builds when a service is named wrongly', async () => {
    const { status, out, err } = await publish('somewhere');
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(/^runproof: "somewhere" is not a pinning service.*\.\n$/);
  });

  it.each([
    ['ftp://pins.example TOKEN', 'SETTINGS'],
    ['http://name:word@pins.example TOKEN', 'SETTINGS'],
    ['http://127.0.0.1:1 no-such-file', 'SETTINGS'],
    ['http://127.0.0.1:1 TOKEN', 'FAILED'],
    ['SERVICE WRONG', 'FAILED'],
    ['SERVICE/ipfs TOKEN', 'FAILED'],
  ])('refuses %j as %s', async (text, code) => {
    const pinning = { cid: parseCid(cid), name: 'site', origins: [], dial: async () => undefined };
    const pair = text
      .replace('SERVICE', service.url)
      .replace('TOKEN', join(folder, 'token'))
      .replace('WRONG', join(folder, 'wrong-token'));
    const work = async (): Promise<void> => pinAt(parseServices(pair)[0]!, pinning);
    await expect(work()).rejects.toMatchObject({ code });
  });

  it('gives up on a service that never gets to it', async () => {
    const [at] = parseServices(`${service.url} ${join(folder, 'token')}`);
    const unknown = parseCid('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
    const pinning = { cid: unknown, name: 'nothing', origins: [], dial: async () => undefined };
    await expect(pinAt(at!, { ...pinning, timeout: 300, interval: 50 })).rejects.toMatchObject({
      code: 'FAILED',
    });
  });
});
