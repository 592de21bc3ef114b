import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = resolve(import.meta.dirname, '../../../bin/runproof.mjs');
let home: string;

beforeAll(async () => (home = await mkdtemp(join(tmpdir(), 'runproof-cli-'))));
afterAll(() => rm(home, { recursive: true, force: true }));

/** Exit status and the one JSON line of a command. */
function run(...args: string[]): Promise<{ status: number | null; json: Record<string, unknown> }> {
  const child = spawn(process.execPath, [bin, '--json', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((done) =>
    child.once('close', (status) => done({ status, json: JSON.parse(text || '{}') }))
  );
}

describe('runproof', () => {
  it('says in one sentence that a port is in use', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    try {
      const { status, json } = await run('network', 'up', '--port', String(port), '--no-proofs');
      expect([status, json.ok, json.code]).toEqual([1, false, 'PORT_IN_USE']);
    } finally {
      server.close();
    }
  });

  it('refuses numbers, names and files that it cannot work with', async () => {
    const cases = [
      [['network', 'up', '--port', '99999'], 'USAGE'],
      [['demo', '--jobs', '0'], 'USAGE'],
      [['key', 'new', '../x'], 'USAGE'],
      [['runner', 'start', '--config', join(home, 'absent.json')], 'ENOENT'],
      [['oracle', 'settle', 'B62qnope', '--log', 'http://127.0.0.1:9/log.git'], 'KEY'],
    ] as const;
    const answers = await Promise.all(cases.map(([args]) => run(...args)));
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
      cases.map(([, code]) => [1, code])
    );
  });

  it('names the file that it cannot use, of several', async () => {
    const set = join(home, 'set.json');
    const policy = join(home, 'policy.json');
    await writeFile(set, 'no set');
    await writeFile(policy, '{"version": 2}');
    const [proof, verdict] = await Promise.all([
      run('tab', 'check-proof', join(home, 'proof.json'), '--set', set, '--for', 'a test'),
      run('verify', '0'.repeat(40), '--log', home, '--policy', policy),
    ]);
    expect([proof.status, proof.json.code]).toEqual([1, 'ENCODING']);
    expect(proof.json.message).toBe(`${set} cannot be used: the bytes are not JSON`);
    expect([verdict.status, verdict.json.code]).toEqual([2, 'SHAPE']);
    expect(verdict.json.message).toContain(`${policy} cannot be used: policy`);
  });

  it('never writes over a key', async () => {
    expect((await run('key', 'new', 'wallet')).status).toBe(0);
    const { status, json } = await run('key', 'new', 'wallet');
    expect([status, json.code]).toEqual([1, 'KEY_FILE']);
  });
});
