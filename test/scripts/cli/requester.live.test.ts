import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { cidOf, rawCidOf } from '../../../contracts/formats/cid.ts';
import { encodeDescriptor } from '../../../contracts/formats/descriptor.ts';
import { type LogCommit, genesisId } from '../../../contracts/formats/log-commit.ts';
import { type Note, commitOfNote } from '../../../contracts/formats/note.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import { foldPlain } from '../../../oracle/witness/fold.ts';
import { createProgram, runProgram } from '../../../scripts/cli/command.ts';
import { addJobCommands } from '../../../scripts/cli/job.ts';
import { writeKeyFile } from '../../../scripts/cli/key-file.ts';
import { addServiceCommands } from '../../../scripts/cli/service.ts';
import { addTabCommands } from '../../../scripts/cli/tab.ts';
import { addVerifyCommand } from '../../../scripts/cli/verify.ts';
import type { Finding, FindingId } from '../../../requester/verify.ts';
import { type Market, TOKEN, descriptorOf, openMarket } from '../../requester/market.ts';
import { Chronicle, type Story } from '../../requester/story.ts';

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
  expect(status).toBe(args[0] === 'verify' ? 2 : 1);
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
});

describe('verify', () => {
  let chronicle: Chronicle;
  let pending: Story;
  let settled: Story;

  beforeAll(async () => {
    chronicle = await Chronicle.begin(market, await market.wallet());
    pending = await chronicle.tell(({ terms }) => openingState(terms, 400));
    settled = await chronicle.tell(({ terms, notes, commits }) => {
      const parents = [genesisId(terms.tab), ...commits];
      const entries = notes.map((note, i) => ({ note, ...commitOfNote(note, parents[i]!) }));
      return foldPlain(openingState(terms, 400), entries).state;
    });
  });

  const logAt = (repository: string): string => `${market.git.url}/${repository}`;
  const flip = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

  /** Ids of the checks that fail; the exit status has to agree. */
  async function failing(target: string, ...args: string[]): Promise<readonly FindingId[]> {
    const { status, json } = await inWorld('verify', target, ...args);
    const ids = (json.checks as Finding[]).filter(({ ok }) => !ok).map(({ id }) => id);
    expect([status, json.ok]).toEqual(ids.length === 0 ? [0, true] : [1, false]);
    return ids;
  }

  /** The same log, as a host of that name has it. */
  async function failingIn(
    repository: string,
    { terms }: Story,
    notes: readonly Note[],
    mend?: Parameters<Chronicle['writeLog']>[3]
  ): Promise<readonly FindingId[]> {
    await chronicle.writeLog(repository, terms.tab, notes, mend);
    return failing(terms.tab, '--log', logAt(repository));
  }

  /** Through a gateway that changes one byte of the block that `cid` names. */
  async function failingBehind(cid: string): Promise<readonly FindingId[]> {
    const server = createServer((request, response) => {
      void fetch(`${market.ipfs.url}${request.url!}`).then(async (answer) => {
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const isIt = request.url!.includes(cid);
        response.writeHead(answer.status).end(isIt ? flip(bytes, bytes.length >> 1) : bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { tab } = pending.terms;
      const places = ['--tab', tab, '--log', logAt('log.git'), '--gateway', gateway];
      return await failing(pending.commits[0]!, ...places);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('passes an honest job, whatever of it is at hand', async () => {
    const { receipt } = pending.notes[1]!;
    const targets = [
      [pending.terms.tab, [1, 2]],
      [pending.commits[0]!, [1]],
      [String(rawCidOf(sha256(encodeReceipt(receipt)))), [2]],
    ] as const;
    for (const [target, sequences] of targets) {
      const { status, json } = await inWorld('verify', target, '--log', logAt('log.git'));
      const checks = json.checks as Finding[];
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(checks.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['tab-account', 'service-account', 'receipt-block', 'outputs'])
      );
      const jobs = sequences.map((sequence) => ({ sequence, settled: false }));
      expect([status, json]).toMatchObject([0, { ok: true, tab: pending.terms.tab, jobs }]);
    }
    const result = String(cidOf('dag-pb', chronicle.root));
    const where = ['--tab', pending.terms.tab, '--log', logAt('log.git')];
    const { json } = await inWorld('verify', result, ...where);
    expect(json).toMatchObject({ ok: true, jobs: [{ sequence: 1, result }] });
  });

  it('finds a job by its service or in the log that is known, and says what is settled', async () => {
    const [commit] = settled.commits;
    const known = ['--service', chronicle.service.publicKey];
    expect((await inWorld('verify', commit!, ...known)).json).toMatchObject({
      jobs: [{ sequence: 1, settled: true }],
    });
    vi.stubEnv('RUNPROOF_LOG', logAt('log.git'));
    expect(await failing(settled.terms.tab)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('says so where nobody has it, and names a host that is away', async () => {
    const nobodys = 'f'.repeat(40);
    expect(await refusal('verify', nobodys)).toBe('NOT_FOUND');
    expect(await refusal('verify', nobodys, '--log', logAt('log.git'))).toBe('NOT_FOUND');
    const directory = String(cidOf('dag-pb', chronicle.root));
    expect(await refusal('verify', directory)).toBe('NOT_FOUND');
    const away = ['--log', 'http://127.0.0.1:1/log.git'];
    const { json } = await inWorld('verify', pending.terms.tab, ...away);
    expect(json).toMatchObject({ code: 'NOT_FOUND' });
    expect(json.message).toContain('127.0.0.1:1');
  });

  it('I1: names a byte changed in the receipt’s block, the result or the descriptor', async () => {
    const { receipt } = pending.notes[0]!;
    const receiptCid = String(rawCidOf(sha256(encodeReceipt(receipt))));
    expect(await failingBehind(receiptCid)).toEqual(['receipt-block']);
    const resultCid = String(cidOf('dag-pb', chronicle.root));
    expect(await failingBehind(resultCid)).toEqual(['result', 'outputs']);
    const descriptorCid = String(rawCidOf(sha256(encodeDescriptor(descriptorOf()))));
    expect(await failingBehind(descriptorCid)).toEqual(['descriptor']);
  });

  it('names a byte changed in a note, whether it still parses or not', async () => {
    const [first] = pending.notes as [Note];
    const garbled = { blob: (bytes: Uint8Array) => flip(bytes, 3) };
    expect(await failingIn('garbled.git', pending, [first], garbled)).toEqual(['note']);
    const blinded = { ...first, blinding: first.blinding ^ 1n };
    expect(await failingIn('blinded.git', pending, [blinded])).toEqual(['body']);
    const signature = { ...first.signature, s: first.signature.s ^ 1n };
    const unsigned = { ...first, signature };
    expect(await failingIn('unsigned.git', pending, [unsigned])).toEqual(['runner-signature']);
  });

  it('names a commit that is not the note’s, or hangs in the air', async () => {
    const first = pending.notes.slice(0, 1);
    const late = { commit: (commit: LogCommit) => ({ ...commit, time: commit.time + 1 }) };
    expect(await failingIn('late.git', pending, first, late)).toEqual(['note']);
    const orphan = { commit: (commit: LogCommit) => ({ ...commit, parent: 'a'.repeat(40) }) };
    expect(await failingIn('orphan.git', pending, first, orphan)).toEqual(['object']);
  });

  it('C4: names terms other than the tab’s, though both sides signed them', async () => {
    const { parties, terms } = pending;
    const dearer = await chronicle.note(
      parties,
      { ...terms, cap: terms.cap + 1n },
      { sequence: 1 }
    );
    expect(await failingIn('terms.git', pending, [dearer])).toEqual(['tab-account', 'terms']);
  });

  it('names outputs other than those that the runner signed for', async () => {
    const { parties, terms } = pending;
    const other = flip(chronicle.output, 0);
    const note = await chronicle.note(parties, terms, { sequence: 1 }, other);
    expect(await failingIn('outputs.git', pending, [note])).toEqual(['outputs']);
  });

  it('O7: names a runner that the service does not know', async () => {
    const strangers = { ...pending.parties, runner: generateKeyPair() };
    const note = await chronicle.note(strangers, pending.terms, { sequence: 1 });
    expect(await failingIn('stranger.git', pending, [note])).toEqual(['runner-key']);
  });

  it('G4: names a log that no longer goes through the settled head', async () => {
    const { parties, terms, notes } = settled;
    const choice = { sequence: 1, finishedAt: 1_795_300_000 };
    const other = await chronicle.note(parties, terms, choice);
    expect(await failingIn('rewritten.git', settled, [other])).toEqual(['head', 'window']);
    expect(await failingIn('cut.git', settled, notes.slice(0, 1))).toEqual(['head', 'window']);
  });
});
