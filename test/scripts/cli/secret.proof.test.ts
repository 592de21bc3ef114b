import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJobCommands } from '../../../scripts/cli/job.ts';
import { addKeyCommands } from '../../../scripts/cli/key.ts';
import { writeKeyFile } from '../../../scripts/cli/key-file.ts';
import { addSecretCommands } from '../../../scripts/cli/secret.ts';
import { addServiceCommands } from '../../../scripts/cli/service.ts';
import { addTabCommands } from '../../../scripts/cli/tab.ts';
import { type Market, TOKEN, descriptorOf, freePort, openMarket } from '../../requester/market.ts';
import { type Answer, caller } from './call.ts';

const ADDERS = [
  addServiceCommands,
  addTabCommands,
  addJobCommands,
  addSecretCommands,
  addKeyCommands,
];

let market: Market;
let call: (...args: string[]) => Promise<Answer>;
let payee: string;
let service: string;
let tab: string;
let other: string;

const at = (name: string): string => join(market.folder, name);
const file = (name: string, content: string): string => {
  writeFileSync(at(name), content);
  return at(name);
};
async function done(...args: string[]): Promise<Answer['json']> {
  const { status, json } = await call(...args);
  expect([status, json.code, json.message]).toEqual([0, undefined, undefined]);
  return json;
}
async function refusal(...args: string[]): Promise<string | undefined> {
  const { status, json } = await call(...args);
  expect(status).toBe(1);
  expect(json.message).toMatch(/^[^\n]{10,400}$/);
  return json.code;
}

beforeAll(async () => {
  market = await openMarket();
  const wallet = await market.wallet();
  payee = wallet.publicKey;
  writeKeyFile(at('wallet.json'), { type: 'mina', ...wallet });
  call = caller(ADDERS, [
    ...['--home', at('cli'), '--node', market.mina.graphql, '--archive', market.mina.archive],
    ...['--gateway', market.ipfs.url, '--upload-token', TOKEN, '--wallet', at('wallet.json')],
  ]);
  const [descriptor, keyset] = [
    file('descriptor.json', JSON.stringify(descriptorOf())),
    file('keyset.json', JSON.stringify(market.keyset(payee))),
  ];
  const published = await done('service', 'publish', descriptor, '--keyset', keyset);
  service = published.service as string;
  const open = () => done('tab', 'open', service, '--amount', '3', '--cap', '1');
  [tab, other] = [(await open()).tab as string, (await open()).tab as string];
});
afterAll(() => market.stop());

describe('runproof secret', () => {
  it('puts a secret, lists it, gives it to a job, and not once it is revoked', async () => {
    const token = file('token.txt', 'a token that nobody reads\n');
    const put = await done(
      ...['secret', 'put', tab, `TOKEN=@${token}`, '--host', 'registry.example'],
      ...['--scope', 'read', '--scope', 'write', '--slots', '500']
    );
    expect(put).toMatchObject({ name: 'TOKEN', tab, host: 'registry.example', epoch: 0 });
    await done('secret', 'put', other, `SAME=@${token}`);
    await done('secret', 'put', service, `FORGE=@${token}`, '--trigger');
    expect(await done('secret', 'list', service)).toMatchObject({
      secrets: [{ name: 'FORGE', tab: null, purpose: 'trigger' }],
    });
    const run = ['job', 'run', tab, '--param', 'node=22', '--max', '0.5', '--wait', 'none'];
    await done(...run, '--vault', 'TOKEN');
    await done('secret', 'put', tab, `OLD=@${token}`);
    await done('secret', 'revoke', tab, 'OLD');
    expect(await refusal(...run, '--vault', 'OLD')).toBe('CREDENTIAL');
    expect(await refusal(...run, '--vault', 'NONE')).toBe('NOT_FOUND');
    expect(await refusal('secret', 'put', tab, 'TOKEN=on-the-command-line')).toBe('USAGE');
    expect(await refusal('secret', 'put', service, `TOKEN=@${token}`)).toBe('USAGE');
    expect(await refusal('secret', 'put', tab, `E=@${file('empty', '')}`)).toBe('USAGE');
  });

  it('proves what is so and nothing else, and checks it', async () => {
    const out = at('proof.json');
    const { claim } = (await done(
      ...['secret', 'prove', tab, 'TOKEN', '--show-host', '--scope', 'read'],
      ...['--until', '100', '--same-as', `${other}/SAME`, '--out', out]
    )) as { claim: { commitment: string } };
    expect(claim).toMatchObject({ host: 'registry.example', scope: 'read', until: 100, tab });
    expect(readFileSync(out, 'utf8')).not.toContain('write');
    expect((await done('secret', 'check-proof', out)).claim).toEqual(claim);
    // Nobody has run the job yet, so no receipt says that it was given the secret.
    expect(await refusal('secret', 'check-proof', out, '--of', tab)).toBe('NOT_FOUND');
    const forged = readFileSync(out, 'utf8').replace('"read"', '"write"');
    expect(await refusal('secret', 'check-proof', file('forged.json', forged))).toBe('FAILED');
    const prove = ['secret', 'prove', tab, 'TOKEN', '--out', at('none.json')];
    expect(await refusal(...prove, '--until', '1000000')).toBe('USAGE');
    expect(await refusal(...prove, '--scope', 'admin')).toBe('SHAPE');
    const secret = ['secret', 'put', other, `ANOTHER=@${file('x.txt', 'another')}`];
    await done(...secret);
    expect(await refusal(...prove, '--same-as', `${other}/ANOTHER`)).toBe('USAGE');
  });

  it('checks that a job was given the very one of a proof, or the same again', async () => {
    await market.serve(service, await freePort());
    const run = ['job', 'run', other, '--param', 'node=22', '--max', '0.5', '--vault', 'SAME'];
    await done(...run);
    await done('job', 'run', tab, '--param', 'node=22', '--max', '0.5');
    const check = (...of: string[]) => ['secret', 'check-proof', at('proof.json'), ...of];
    // The first job is the one that was ordered with the secret, the second one went without.
    expect(await done(...check('--of', tab))).toMatchObject({ ok: true, jobs: [1] });
    expect(await done(...check('--of', tab, '--same-as', other))).toMatchObject({ jobs: [1] });
    expect(await refusal(...check('--of', other))).toBe('FAILED');
    expect(await refusal(...check('--same-as', tab))).toBe('FAILED');
  });
});

describe('runproof tab prove', () => {
  it('shows that one of a snapshot’s tabs is held, and to whom it was said', async () => {
    await market.mina.advanceSlots(1);
    const set = at('tabs.json');
    await done('tab', 'snapshot', tab, other, '--out', set);
    const proof = at('tab-proof.json');
    const words = ['--for', 'the lounge, today'];
    await done('tab', 'prove', other, '--set', set, '--min', '2', ...words, '--out', proof);
    expect(readFileSync(proof, 'utf8')).not.toContain('B62');
    const check = ['tab', 'check-proof', proof, '--set', set];
    expect((await done(...check, ...words)).claim).toMatchObject({ minimum: '2000000000' });
    expect(await refusal(...check, '--for', 'the lounge, tomorrow')).toBe('FAILED');
    const one = at('one.json');
    await done('tab', 'snapshot', other, '--out', one);
    expect(await refusal('tab', 'check-proof', proof, '--set', one, ...words)).toBe('FAILED');
    const more = ['tab', 'prove', other, '--set', set, ...words, '--out', at('none.json')];
    expect(await refusal(...more, '--min', '4')).toBe('USAGE');
    expect(await refusal(...more, '--min', '1', '--until', '100000')).toBe('USAGE');

    await done(...check, ...words, '--min', '2');
    expect(await refusal(...check, ...words, '--min', '2.1')).toBe('FAILED');
    const { slot } = (await done(...check, ...words)).claim as { slot: number };
    expect(await refusal(...check, ...words, '--until', `${slot + 1}`)).toBe('FAILED');
    // Nothing in the accounts changes as time goes by, and tabs expire all the same.
    await market.mina.advanceSlots(1);
    expect(await refusal(...check, ...words)).toBe('FAILED');
    const old = ['--until', `${slot}`];
    await done(...check, ...words, ...old);

    await done('tab', 'fund', tab, '--amount', '1');
    expect(await refusal(...check, ...words, ...old)).toBe('FAILED');
    await done(...check, ...words, '--trust');
  });
});

describe('runproof keys log', () => {
  it('tells of each epoch', async () => {
    const log = await done('keys', 'log', service, '--owner', payee);
    expect(log).toMatchObject({ service, owner: payee, epochs: [{ epoch: 0, known: 'chain' }] });
    expect(await refusal('keys', 'log', tab)).toBe('VERIFICATION_KEY');
  });
});
