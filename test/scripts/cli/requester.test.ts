import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { createProgram, runProgram } from '../../../scripts/cli/command.ts';
import { addJobCommands } from '../../../scripts/cli/job.ts';
import { writeKeyFile } from '../../../scripts/cli/key-file.ts';
import { addServiceCommands } from '../../../scripts/cli/service.ts';
import { addTabCommands } from '../../../scripts/cli/tab.ts';
import { addVerifyCommand } from '../../../scripts/cli/verify.ts';
import { type Market, TOKEN, descriptorOf, openMarket } from '../requester/market.ts';

let market: Market;
let wallet: string;
let poor: string;
let world: readonly string[];
let payee: string;

beforeAll(async () => {
  market = await openMarket();
  const [rich, other] = [await market.wallet(), generateKeyPair()];
  payee = rich.publicKey;
  wallet = keyFile('wallet', rich);
  poor = keyFile('poor', other);
  const home = join(market.folder, 'cli');
  world = ['--home', home, '--node', market.mina.graphql, '--gateway', market.ipfs.url];
});
afterAll(() => market.stop());

function keyFile(name: string, key: { publicKey: string; privateKey: string }): string {
  const path = join(market.folder, `${name}.json`);
  writeKeyFile(path, { type: 'mina', ...key });
  return path;
}

function jsonFile(name: string, value: unknown): string {
  const path = join(market.folder, name);
  writeFileSync(path, JSON.stringify(value, null, 2));
  return path;
}

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown> & { readonly code?: string; readonly message?: string };
}

/** One call of the command line, with `--json`: its exit status and what it printed. */
async function runproof(...args: string[]): Promise<Answer> {
  const program = createProgram('0');
  for (const add of [addServiceCommands, addTabCommands, addJobCommands, addVerifyCommand])
    add(program);
  const status = await runProgram(program, ['--json', ...args]);
  const lines = printed.trim().split('\n');
  printed = '';
  expect(lines).toHaveLength(1);
  return { status, json: JSON.parse(lines[0]!) as Answer['json'] };
}

const inWorld = (...args: string[]) => runproof(...world, ...args);

async function refusal(...args: string[]): Promise<string | undefined> {
  const { status, json } = await inWorld(...args);
  expect(status).toBe(1);
  expect(json.message).toMatch(/^[^\n]{10,400}$/);
  return json.code;
}

async function published(changes = {}): Promise<string> {
  const { status, json } = await inWorld(
    ...['service', 'publish', jsonFile('descriptor.json', descriptorOf(changes))],
    ...['--keyset', jsonFile('keyset.json', market.keyset(payee))],
    ...['--wallet', wallet, '--upload-token', TOKEN]
  );
  expect({ status, json }).toMatchObject({ status: 0, json: { ok: true } });
  return json.service as string;
}

describe('the command line', () => {
  it('publishes a service, opens a tab, rings for a run and shows all three', async () => {
    const service = await published();
    expect((await inWorld('service', 'show', service)).json).toMatchObject({
      ...{ ok: true, paused: false, epoch: 0 },
      descriptor: { name: descriptorOf().name },
    });

    const opened = await inWorld(
      ...['tab', 'open', service, '--amount', '2.5', '--cap', '1', '--wallet', wallet]
    );
    expect(opened).toMatchObject({ status: 0, json: { amount: '2500000000', cap: '1000000000' } });
    const tab = opened.json.tab as string;

    const run = await inWorld(
      ...['job', 'run', tab, '--param', 'node=22', '--max', '0.000000001', '--wait', 'none'],
      ...['--wallet', wallet, '--upload-token', TOKEN]
    );
    expect(run.json).toMatchObject({
      jobs: [{ sequence: 1, maximum: '1', delivery: 'ring' }],
    });
    expect((await inWorld('tab', 'show', tab)).json).toMatchObject({
      ...{ state: 'open', balance: '2500000000', promised: '1', free: '2499999999', spent: '0' },
    });
    expect((await inWorld('job', 'show', tab, '1')).json).toMatchObject({ settled: false });
    expect(await refusal('job', 'get', tab, '1', '--out', join(market.folder, 'out'))).toBe(
      'NOT_FOUND'
    );
    expect(await refusal('verify', tab)).toBe('NOT_FOUND');
    expect(await refusal('job', 'run', tab, '--param', 'node=18', '--wallet', wallet)).toBe(
      'PARAMETERS'
    );
    expect(await refusal('job', 'run', tab, '--param', 'node:=22', '--wallet', wallet)).toBe(
      'PARAMETERS'
    );
    expect(await refusal('tab', 'refund', tab, '--wallet', wallet)).toBe('NOT_ENDED');
    await market.mina.advanceSlots(481);
    expect((await inWorld('tab', 'show', tab)).json).toMatchObject({ state: 'expired' });
    expect(await refusal('job', 'run', tab, '--param', 'node=22', '--wallet', wallet)).toBe(
      'ENDED'
    );
  });

  it('says in one sentence what is wrong with what it is given', async () => {
    const nobody = generateKeyPair().publicKey;
    const paying = ['--wallet', wallet];
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['KEY', ['service', 'show', 'B62qnonsense']],
      ['ABSENT', ['service', 'show', nobody]],
      ['VERIFICATION_KEY', ['service', 'show', payee]],
      ['CID', ['job', 'get', 'bafynonsense', '--out', 'x']],
      ['CID', ['verify', 'what is this?']],
      ['TAB_FILE', ['tab', 'show', nobody]],
      ['SETTINGS', ['tab', 'open', nobody, '--amount', '1']],
      ['KEY_FILE', ['tab', 'open', nobody, '--amount', '1', '--wallet', '/nowhere.json']],
      ['RANGE', ['tab', 'open', nobody, '--amount', '1,5', ...paying]],
      ['USAGE', ['tab', 'open', nobody, ...paying]],
      ['USAGE', ['tab', 'open', nobody, '--amount', '1', '--slots', 'many', ...paying]],
      ['USAGE', ['job', 'run', nobody, '--secret', 'TOKEN=plain']],
      ['USAGE', ['job', 'run', nobody, '--wait', 'forever']],
      ['USAGE', ['service', 'publish', jsonFile('d.json', descriptorOf()), ...paying]],
      ['SHAPE', ['service', 'publish', jsonFile('e.json', { version: 1 }), ...paying]],
      ['ENOENT', ['service', 'publish', '/nowhere.json', ...paying]],
    ];
    for (const [code, args] of cases) expect([await refusal(...args), args]).toEqual([code, args]);
  });

  it('never repeats a secret that was put on the command line', async () => {
    const { json } = await inWorld('job', 'run', payee, '--secret', 'TOKEN=hunter2hunter2');
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });

  it('names a wallet without funds, a node or gateway that is away, and a missing token', async () => {
    const service = await published();
    const open = ['tab', 'open', service, '--amount', '1'];
    expect(await refusal(...open, '--wallet', poor)).toBe('ABSENT');
    expect(await refusal('tab', 'open', service, '--amount', '99999999', '--wallet', wallet)).toBe(
      'UNFUNDED'
    );
    expect(await refusal(...open, '--wallet', wallet, '--gateway', 'http://127.0.0.1:1')).toBe(
      'unreachable'
    );
    expect(await refusal(...open, '--wallet', wallet, '--node', 'http://127.0.0.1:1')).toBe(
      'UNREACHABLE'
    );
    const files = ['descriptor.json', '--keyset', 'keyset.json'].map((name) =>
      name.startsWith('--') ? name : join(market.folder, name)
    );
    expect(await refusal('service', 'publish', ...files, '--wallet', wallet)).toBe('UPLOAD');
  });

  it('shows an example with every verb', async () => {
    const program = createProgram('0');
    for (const add of [addServiceCommands, addTabCommands, addJobCommands, addVerifyCommand])
      add(program);
    const verbs = program.commands.flatMap((group) =>
      group.commands.length > 0 ? group.commands.map((command) => [group, command]) : [[group]]
    );
    expect(verbs).toHaveLength(14);
    for (const path of verbs) {
      printed = '';
      const names = path.map((command) => command.name());
      expect(await runProgram(program, [...names, '--help'])).toBe(0);
      expect(printed).toContain(`Example:\n  runproof ${names.join(' ')} `);
    }
  });
});
