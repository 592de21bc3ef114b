import { describe, expect, it } from 'vitest';
import { parseDescriptor, priceOf } from '../../../../contracts/formats/descriptor.ts';
import { parseKeyset } from '../../../../contracts/formats/keyset.ts';
import { cidOf, parseCid } from '../../../../contracts/formats/cid.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import { NO_DRAFT, ServiceDraft, keysetDraftOf } from '../../../../web/pages/provide/draft.ts';
import { readDescriptor, readKeyset } from '../../../../web/pages/provide/read-draft.ts';
import { fullDraft } from './example.ts';

const PHASE = { name: 'build', script: 'make' };

describe('the form of a service', () => {
  it('becomes a block that the descriptor’s own parser reads, and its CID', () => {
    const { block } = readDescriptor(fullDraft());
    const descriptor = parseDescriptor(block!.bytes);
    expect(descriptor).toEqual(block!.value);
    expect(descriptor).toMatchObject({
      name: 'Release build',
      source: { commit: 'abcdef0123456789abcdef0123456789abcdef01' },
      job: {
        phases: [
          { name: 'build', script: 'make\nmake dist' },
          { name: 'check', script: 'make check' },
        ],
        outputs: ['dist', 'out/app.tar'],
      },
      limits: { memoryBytes: 2 * 2 ** 30, logBytes: 2 ** 20, network: false },
    });
    expect(priceOf(descriptor)).toEqual({ base: 500_000_000n, perSecond: 1n });
    expect(String(parseCid(block!.cid))).toBe(String(cidOf('raw', sha256(block!.bytes))));
  });

  it('names each field that is missing, and no other', () => {
    const { errors } = readDescriptor(NO_DRAFT);
    expect(Object.keys(errors!).sort()).toEqual([
      'description',
      'job.phases.0.script',
      'name',
      'source.commit',
      'source.repository',
    ]);
    expect(Object.keys(readKeyset(NO_DRAFT.keyset, 0).errors!).sort()).toEqual([
      'log',
      'payee',
      'recipients',
      'runner',
    ]);
  });

  it.each([
    ['name', { name: 'x'.repeat(81) }],
    ['source.commit', { commit: 'main' }],
    ['source.repository', { repository: 'https://user@git.example/x' }],
    ['job.phases.1.name', { phases: [PHASE, { name: 'Build It', script: 'x' }] }],
    ['job.outputs', { outputs: 'dist\n../etc/passwd' }],
    ['parameters', { parameters: '{"type":"object","patternProperties":{}}' }],
    ['parameters', { parameters: '{"type":' }],
    ['price.base', { base: '1,5' }],
    ['price.perSecond', { perSecond: '68.719476736' }],
    ['limits.seconds', { seconds: '1e3' }],
    ['limits.memoryBytes', { memory: '15' }],
    ['limits.processes', { processes: '' }],
    ['limits.logBytes', { logSize: '1025' }],
    ['licence', { licence: ' ' }],
  ] as const)('says beside %s what is wrong with it', (field, patch) => {
    const { errors } = readDescriptor({ ...fullDraft(), ...(patch as Partial<ServiceDraft>) });
    expect(Object.keys(errors!)).toEqual([field]);
    expect(errors![field]).toMatch(/^[A-Z‘“].*[.!]$/s);
  });

  it('says which line of a list is wrong', () => {
    const { errors } = readDescriptor({ ...fullDraft(), outputs: 'dist\n\n/etc/passwd' });
    expect(errors!['job.outputs']).toMatch(/^Line 2 /);
    const keyset = { ...fullDraft().keyset, recipients: `age1pq1qqq\nage1qqq` };
    expect(readKeyset(keyset, 0).errors!.recipients).toMatch(/^Line 2 /);
  });

  it('takes a rate up to what the circuit can multiply', () => {
    expect(readDescriptor({ ...fullDraft(), perSecond: '68.719476735' }).block).toBeDefined();
  });

  it('refuses a descriptor that is too large as a whole', () => {
    const big = JSON.stringify({ type: 'object', description: 'x'.repeat(262_144) });
    const { errors } = readDescriptor({ ...fullDraft(), parameters: big });
    expect(errors!['']).toContain('262144');
  });

  it('can be kept half filled in, with anything typed', () => {
    const draft = { ...fullDraft(), commit: '???', base: 'a lot' };
    expect(v.parse(ServiceDraft, structuredClone(draft))).toEqual(draft);
    expect(v.safeParse(ServiceDraft, { ...draft, phases: [] }).success).toBe(false);
  });
});

describe('the form of a keyset', () => {
  it('becomes a block that the keyset’s own parser reads', () => {
    const { block } = readKeyset(fullDraft().keyset, 3);
    expect(parseKeyset(block!.bytes)).toEqual(block!.value);
    expect(block!.value.epoch).toBe(3);
  });

  it('begins the next epoch with what is in use', () => {
    const { block } = readKeyset(fullDraft().keyset, 0);
    const again = readKeyset(keysetDraftOf(block!.value), 1).block!.value;
    expect(again).toEqual({ ...block!.value, epoch: 1 });
    const none = { ...fullDraft().keyset, endpoint: '', peers: '' };
    const without = readKeyset(none, 0).block!.value;
    expect(readKeyset(keysetDraftOf(without), 0).block!.value).toEqual(without);
  });

  it.each([
    ['endpoint', { endpoint: 'https://me:secret@ci.example' }],
    ['log', { log: 'git@git.example:log.git' }],
    ['peers', { peers: 'ci.example:4001' }],
    ['runner', { runner: 'B62qnothing' }],
    ['recipients', { recipients: `age1${'q'.repeat(58)}` }],
  ])('says beside %s what is wrong with it', (field, patch) => {
    const { errors } = readKeyset({ ...fullDraft().keyset, ...patch }, 0);
    expect(Object.keys(errors!)).toEqual([field]);
  });
});
