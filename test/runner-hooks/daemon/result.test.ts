import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../contracts/formats/bytes.ts';
import { cidOf } from '../../../contracts/formats/cid.ts';
import type { LocalDescriptor } from '../../../contracts/formats/descriptor.ts';
import { bodyCommitment } from '../../../contracts/formats/receipt.ts';
import { executionChain } from '../../../contracts/formats/execution.ts';
import { perfRoot } from '../../../contracts/formats/perf.ts';
import { filesBelow } from '../../../runner-hooks/result/tree.ts';
import { until } from './until.ts';
import { MINA, type Requester, type Running, World } from './world.ts';

const SECRET = 'correct-horse-battery-staple';

let world: World;
let running: Running;
let alice: Requester;
afterEach(async () => {
  await running.stop();
  world.remove();
});

async function runOne(
  descriptor: Partial<LocalDescriptor>,
  job: World['job'],
  inside: Parameters<Requester['request']>[2] = {}
): Promise<string> {
  world = new World(descriptor);
  world.job = job;
  alice = world.openTab(20n * MINA);
  await alice.ring(1, {}, inside);
  running = world.start();
  await until(() => running.journal.jobs.count('settled') === 1, 'settled');
  return join(world.folder, 'work', 'results', `${running.journal.jobs.in('settled')[0]!.id}`);
}

describe('a result', () => {
  it('holds outputs, log, counters, profile and a statement that names their digests', async () => {
    const folder = await runOne({}, async () => ({ files: { 'out.txt': 'made\n' } }));
    expect(await filesBelow(folder)).toEqual([
      'log.txt',
      'outputs/out.txt',
      'perf/counters.json',
      'perf/profile.speedscope.json',
      'statement.json',
    ]);
    const statement = JSON.parse(readFileSync(join(folder, 'statement.json'), 'utf8'));
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [
        { name: 'outputs/out.txt', digest: { sha256: toHex(sha256(Buffer.from('made\n'))) } },
      ],
      predicate: {
        buildDefinition: { externalParameters: { tab: alice.tab, sequence: 1 } },
        runDetails: { runproof_runtimeTrace: { monitorLog: { process: [{ name: 'build' }] } } },
      },
    });
    const byproducts = statement.predicate.runDetails.byproducts as { name: string }[];
    const names = byproducts.map(({ name }) => name);
    expect(names).toEqual(['log.txt', 'perf/counters.json', 'perf/profile.speedscope.json']);
  });

  it('is what its receipt commits to', async () => {
    const folder = await runOne({}, async () => ({ files: { 'out.txt': 'made\n' } }));
    const { note } = world.logs.get(alice.tab)![0]!;
    expect(world.blocks.has(cidOf('dag-pb', note.receipt.result).toString())).toBe(true);
    expect(world.blocks.has(cidOf('dag-pb', note.execution.output).toString())).toBe(true);
    const profile = readFileSync(join(folder, 'perf', 'profile.speedscope.json'));
    expect(toHex(note.profile)).toBe(toHex(sha256(profile)));
    const body = bodyCommitment({
      execution: executionChain(note.execution),
      perf: perfRoot(note.counters, note.profile),
      exitStatus: note.exitStatus,
      amount: note.receipt.amount,
      blinding: note.blinding,
    });
    expect(body).toBe(note.receipt.body);
  });

  it('is sealed file by file where the service says so', async () => {
    const identity = await generateX25519Identity();
    const reply = await identityToRecipient(identity);
    const folder = await runOne(
      { result: 'sealed' },
      async () => ({ files: { 'out.txt': 'for alice\n' } }),
      { reply }
    );
    const names = await filesBelow(folder);
    expect(names.every((name) => name.endsWith('.age'))).toBe(true);
    expect(names).toContain('statement.json.age');
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const sealed = readFileSync(join(folder, 'outputs', 'out.txt.age'));
    expect(await decrypter.decrypt(sealed, 'text')).toBe('for alice\n');
    const { note } = world.logs.get(alice.tab)![0]!;
    const profile = readFileSync(join(folder, 'perf', 'profile.speedscope.json.age'));
    expect(toHex(note.profile)).toBe(toHex(sha256(profile)));
  });

  it('K1: holds none of the job’s secrets, plain, base64, hex or split over lines', async () => {
    const encoded = Buffer.from(`xx${SECRET}`).toString('base64');
    const folder = await runOne(
      {},
      async ({ secrets, parameters }) => {
        expect(secrets).toEqual({ TOKEN: SECRET });
        expect(parameters).toEqual({ n: 1 });
        return {
          files: {
            'plain.txt': `token=${SECRET}\n`,
            'base64.txt': encoded,
            'hex.txt': Buffer.from(SECRET).toString('hex'),
            'wrapped.txt': encoded.replace(/(.{10})/g, '$1\n'),
            [`${SECRET}.txt`]: 'in the name',
            'innocent.bin': 'made\n',
          },
        };
      },
      { secrets: { TOKEN: SECRET }, parameters: { n: 1 } }
    );
    expect(await filesBelow(join(folder, 'outputs'))).toEqual(['innocent.bin']);
    expect(readFileSync(join(folder, 'log.txt'), 'utf8')).toContain('left out plain.txt');
    const journal = readFileSync(join(world.folder, 'journal', 'journal.sqlite-wal'));
    const published = [...world.blocks.values()].map((bytes) => Buffer.from(bytes));
    for (const bytes of [...published, journal])
      for (const form of ['utf8', 'hex', 'base64'] as const)
        expect(bytes.includes(Buffer.from(SECRET).toString(form).slice(0, 24))).toBe(false);
  });

  it('K1: holds no parameter that the service’s schema calls writeOnly', async () => {
    const schema = {
      type: 'object' as const,
      properties: { token: { type: 'string', writeOnly: true }, n: { type: 'integer' } },
    };
    const folder = await runOne(
      { parameters: schema },
      async ({ hidden, parameters }) => {
        expect(hidden!.map((bytes) => Buffer.from(bytes).toString())).toEqual([SECRET]);
        return {
          files: { 'parameters.json': JSON.stringify(parameters), 'innocent.bin': 'made\n' },
        };
      },
      { parameters: { token: SECRET, n: 1 } }
    );
    expect(await filesBelow(join(folder, 'outputs'))).toEqual(['innocent.bin']);
  });

  it('I5: that its host lost is published again from the journal', async () => {
    await runOne({}, async () => ({ files: { 'out.txt': 'made\n' } }));
    const [job] = running.journal.jobs.in('settled');
    const before = new Map(world.blocks);
    const ours = [...running.journal.blocks.ofJob(job!.id)].length;
    expect(ours).toBe(4);
    world.blocks.clear();
    await running.daemon.republish(job!);
    for (const cid of world.blocks.keys()) expect(before.has(cid)).toBe(true);
    // All but the service's own two blocks.
    expect(world.blocks.size).toBe(before.size - 2);
  });

  it('I5: that was removed from the disk is missed', async () => {
    const folder = await runOne({}, async () => ({}));
    const [job] = running.journal.jobs.in('settled');
    rmSync(folder, { recursive: true });
    await expect(running.daemon.republish(job!)).rejects.toMatchObject({ code: 'RESULT_LOST' });
  });

  it('is kept for as long as the provider says', async () => {
    const folder = await runOne({}, async () => ({}));
    await running.stop();
    expect(existsSync(folder)).toBe(true);
    running = world.start({ retention: 0 });
    await until(() => !existsSync(folder), 'removed');
    expect(running.journal.jobs.count('settled')).toBe(1);
  });
});
