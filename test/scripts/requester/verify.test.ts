import { promises } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountUpdate, draft } from '../../../contracts/chain/command.ts';
import { readNextNonce } from '../../../contracts/chain/find-command.ts';
import { sendCommand } from '../../../contracts/chain/send.ts';
import {
  type KeyPair,
  generateKeyPair,
  signCommand,
  signFieldElements,
} from '../../../contracts/chain/sign.ts';
import { cidOf, digestOf, rawCidOf } from '../../../contracts/formats/cid.ts';
import { executionChain } from '../../../contracts/formats/execution.ts';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { priceOf } from '../../../contracts/formats/descriptor.ts';
import {
  type LogCommit,
  encodeGenesis,
  encodeLogCommit,
  genesisId,
  notesRef,
} from '../../../contracts/formats/log-commit.ts';
import {
  type Note,
  blobOf,
  commitOfNote,
  encodeNote,
  noteTree,
} from '../../../contracts/formats/note.ts';
import { perfRoot } from '../../../contracts/formats/perf.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import { tabPermissions } from '../../../contracts/formats/permissions.ts';
import {
  bodyCommitment,
  encodeReceipt,
  receiptCommitment,
} from '../../../contracts/formats/receipt.ts';
import {
  type TabState,
  encodeTabState,
  openingState,
} from '../../../contracts/formats/tab-state.ts';
import type { Terms } from '../../../contracts/formats/terms.ts';
import { openClone } from '../../../git/clone.ts';
import { publishDirectory, digestOf as rootOf } from '../../../ipfs/publish.ts';
import { putBlock } from '../../../ipfs/store.ts';
import { foldPlain } from '../../../oracle/witness/fold.ts';
import { openRequester, type Requester } from '../../../scripts/requester/requester.ts';
import { publishServiceWith, readService } from '../../../scripts/requester/service.ts';
import { type FindingId, verify } from '../../../scripts/requester/verify.ts';
import { type Parties, makeNote, makeParties, makeTerms } from '../../helpers/job-fixture.ts';
import { descriptor } from '../../vectors/sample.ts';
import { MINA, type Market, openMarket } from './market.ts';

/** A tab whose log holds two honest jobs: all of it pending, or all of it settled. */
interface Story {
  readonly parties: Parties;
  readonly terms: Terms;
  readonly notes: readonly Note[];
  readonly commits: readonly string[];
}

let market: Market;
let provider: KeyPair;
let service: KeyPair;
let pending: Story;
let settled: Story;
let root: Uint8Array;
let output: Uint8Array;

beforeAll(async () => {
  market = await openMarket();
  provider = await market.wallet();
  service = generateKeyPair();
  const keyset = market.keyset(provider.publicKey);
  await publishServiceWith(market.requester, { descriptor, keyset, key: service }, provider);
  const folder = join(market.folder, 'published');
  await mkdir(join(folder, 'outputs'), { recursive: true });
  await writeFile(join(folder, 'outputs', 'app.js'), 'export {};');
  await writeFile(join(folder, 'log.txt'), 'done');
  output = digestOf((await rootOf(join(folder, 'outputs'))).cid);
  root = digestOf((await publishDirectory(folder, market.ipfs.node.store)).cid);
  pending = await tell(({ terms }) => openingState(terms, 400));
  settled = await tell(({ terms, notes, commits }) => {
    const parents = [genesisId(terms.tab), ...commits];
    const entries = notes.map((note, i) => ({ note, ...commitOfNote(note, parents[i]!) }));
    return foldPlain(openingState(terms, 400), entries).state;
  });
});
afterAll(() => market.stop());

/** Two jobs, their log on the git host, their blocks on IPFS, and an account with the state asked for. */
async function tell(stateOf: (story: Story) => TabState): Promise<Story> {
  const parties = { ...makeParties(), service, runner: market.runner, payee: provider };
  const terms = makeTerms(parties, { price: priceOf(descriptor) });
  const first = publishedNote(parties, terms, { sequence: 1 });
  const previous = rawCidOf(digestOf(await keep(encodeNote(first))));
  const second = publishedNote(parties, terms, { sequence: 2, previous });
  await keep(encodeNote(second));
  for (const { receipt } of [first, second]) await keep(encodeReceipt(receipt));
  const notes = [first, second];
  const commits = await writeLog('log.git', terms.tab, notes);
  const story = { parties, terms, notes, commits };
  await openWithState(parties.tab, stateOf(story));
  return story;
}

const keep = (bytes: Uint8Array) => putBlock(bytes, market.ipfs.node.store);

/** A fixture's note over the result that is there, signed again. */
function publishedNote(
  parties: Parties,
  terms: Terms,
  choice: Parameters<typeof makeNote>[2],
  outputs = output
): Note {
  const note = { ...makeNote(parties, terms, choice), source: descriptor.source.commit };
  const execution = { ...note.execution, output: outputs };
  const body = bodyCommitment({
    execution: executionChain(execution),
    perf: perfRoot(note.counters, note.profile),
    exitStatus: note.exitStatus,
    amount: note.receipt.amount,
    blinding: note.blinding,
  });
  const receipt = { ...note.receipt, result: root, body };
  const signature = signFieldElements([receiptCommitment(receipt)], parties.runner.privateKey);
  return { ...note, execution, receipt, signature };
}

/** Objects into a bare repository of the host, as a runner would push them; or as a liar would. */
async function writeLog(
  repository: string,
  tab: string,
  notes: readonly Note[],
  {
    commit: mendCommit = (commit: LogCommit) => commit,
    blob: mendBlob = (bytes: Uint8Array) => bytes,
  } = {}
): Promise<readonly string[]> {
  await market.git.createRepository(repository);
  const clone = await openClone({ promises }, join(market.folder, 'git', repository));
  await clone.write(utf8.encode('tree 0\0'));
  let parent = await clone.write(encodeGenesis(tab));
  const ids: string[] = [];
  for (const note of notes) {
    const bytes = mendBlob(encodeNote(note));
    await clone.write(blobOf(bytes));
    const tree = await clone.write(noteTree(note.source, bytes));
    const { commit } = commitOfNote(note, parent);
    parent = await clone.write(encodeLogCommit(mendCommit({ ...commit, tree })));
    ids.push(parent);
  }
  await clone.point(notesRef(tab), parent);
  return ids;
}

/** As an opener may: with any first state. */
async function openWithState(tab: KeyPair, state: TabState): Promise<void> {
  const { requester } = market;
  const { publicKey, privateKey } = await market.wallet();
  const payer = {
    ...{ publicKey, fee: 100_000_000n, nonce: await readNextNonce(requester.node, publicKey) },
  };
  const updates = [
    accountUpdate(publicKey, {
      authorization: 'signature',
      balanceChange: -(MINA + PROTOCOL.accountCreationFee),
    }),
    accountUpdate(tab.publicKey, {
      ...{ authorization: 'signature', balanceChange: MINA, state: encodeTabState(state) },
      ...{ verificationKey: requester.pinned.Tab, permissions: tabPermissions, isNew: true },
    }),
  ];
  const signed = signCommand(
    draft(payer, updates),
    [tab.privateKey, privateKey],
    requester.networkId
  );
  await sendCommand(requester.node, signed, { interval: 30 });
}

const logAt = (repository: string): string => `${market.git.url}/${repository}`;

async function failing(
  target: string,
  { repository = 'log.git', requester = market.requester, tab = pending.terms.tab } = {}
): Promise<readonly FindingId[]> {
  const verification = await verify(requester, target, { tab, log: logAt(repository) });
  const ids = verification.findings.filter(({ ok }) => !ok).map(({ id }) => id);
  expect(verification.ok).toBe(ids.length === 0);
  return ids;
}

/** A gateway that changes one byte of the block that `cid` names, and serves all others. */
async function lyingGateway(cid: string): Promise<{ requester: Requester; server: Server }> {
  const server = createServer((request, response) => {
    void fetch(`${market.ipfs.url}${request.url!}`).then(async (answer) => {
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (request.url!.includes(cid)) bytes[bytes.length >> 1]! ^= 1;
      response.writeHead(answer.status).end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { nodeUrl } = market.requester;
  const requester = await openRequester({
    ...{ node: nodeUrl, gateways: [gateway], home: market.folder },
  });
  return { requester, server };
}

async function failingBehind(cid: string): Promise<readonly FindingId[]> {
  const { requester, server } = await lyingGateway(cid);
  try {
    return await failing(pending.commits[0]!, { requester });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('an honest job', () => {
  it('holds, whatever of it is at hand, and is pending until its account says otherwise', async () => {
    const { requester } = market;
    const log = logAt('log.git');
    const receipt = String(
      rawCidOf(digestOf(await keep(encodeReceipt(pending.notes[1]!.receipt))))
    );
    for (const [target, sequences] of [
      [pending.terms.tab, [1, 2]],
      [pending.commits[0]!, [1]],
      [receipt, [2]],
    ] as const) {
      const { ok, jobs, tab, findings } = await verify(requester, target, { log });
      expect(findings.filter((finding) => !finding.ok)).toEqual([]);
      expect([ok, tab]).toEqual([true, pending.terms.tab]);
      expect(jobs.map(({ entry }) => entry.note.receipt.sequence)).toEqual(sequences);
      expect(jobs.some(({ isSettled }) => isSettled)).toBe(false);
      expect(findings.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['tab-account', 'service-account', 'receipt-block', 'outputs'])
      );
    }
  });

  it('is found by the service that it belongs to, or in the log that is known', async () => {
    const { requester } = market;
    const [commit] = settled.commits;
    for (const hints of [{ service: service.publicKey }, { knownLog: logAt('log.git') }]) {
      const { ok, jobs } = await verify(requester, commit!, hints);
      expect([ok, jobs[0]!.isSettled]).toEqual([true, true]);
    }
  });

  it('is not found where nobody has it, and a host that is away is named', async () => {
    const { requester } = market;
    await expect(verify(requester, 'f'.repeat(40))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      verify(requester, 'f'.repeat(40), { log: 'http://127.0.0.1:1/log.git' })
    ).rejects.toThrow(/127\.0\.0\.1:1/);
    const directory = String(cidOf('dag-pb', root));
    await expect(verify(requester, directory)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(verify(requester, 'no such thing')).rejects.toMatchObject({ code: 'CID' });
  });
});

describe('one byte changed', () => {
  it('I1: in the receipt’s block is named', async () => {
    const { receipt } = commitOfNote(pending.notes[0]!, genesisId(pending.terms.tab)).commit;
    expect(await failingBehind(String(rawCidOf(receipt)))).toEqual(['receipt-block']);
  });

  it('I1: in the result’s root, or in the descriptor, is named', async () => {
    expect(await failingBehind(String(cidOf('dag-pb', root)))).toEqual(['result', 'outputs']);
    const { state } = await readService(market.requester, service.publicKey);
    const digest = state.descriptor;
    expect(await failingBehind(String(rawCidOf(digest)))).toEqual(['descriptor']);
  });

  it('in a note is named, whether it still parses or not', async () => {
    const { tab } = pending.terms;
    const [first] = pending.notes as [Note];
    const garbled = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
    await writeLog('garbled.git', tab, [first], { blob: garbled });
    expect(await failing(tab, { repository: 'garbled.git' })).toEqual(['note']);
    await writeLog('blinded.git', tab, [{ ...first, blinding: first.blinding ^ 1n }]);
    expect(await failing(tab, { repository: 'blinded.git' })).toEqual(['body']);
    const { r, s } = first.signature;
    await writeLog('unsigned.git', tab, [{ ...first, signature: { r, s: s ^ 1n } }]);
    expect(await failing(tab, { repository: 'unsigned.git' })).toEqual(['runner-signature']);
  });

  it('in a commit is named', async () => {
    const { tab } = pending.terms;
    const later = (commit: LogCommit) => ({ ...commit, time: commit.time + 1 });
    await writeLog('late.git', tab, pending.notes.slice(0, 1), { commit: later });
    expect(await failing(tab, { repository: 'late.git' })).toEqual(['note']);
    const orphan = (commit: LogCommit) => ({ ...commit, parent: 'a'.repeat(40) });
    await writeLog('orphan.git', tab, pending.notes.slice(0, 1), { commit: orphan });
    expect(await failing(tab, { repository: 'orphan.git' })).toEqual(['object']);
  });

  it('C4: in the terms is named, though requester and runner signed them', async () => {
    const { parties, terms } = pending;
    const dearer = { ...terms, cap: terms.cap + 1n };
    const note = publishedNote(parties, dearer, { sequence: 1 });
    await keep(encodeReceipt(note.receipt));
    await writeLog('terms.git', terms.tab, [note]);
    expect(await failing(terms.tab, { repository: 'terms.git' })).toEqual(['tab-account', 'terms']);
  });

  it('in the outputs is named, though the runner signed another digest', async () => {
    const { parties, terms } = pending;
    const other = output.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const note = publishedNote(parties, terms, { sequence: 1 }, other);
    await keep(encodeReceipt(note.receipt));
    await writeLog('outputs.git', terms.tab, [note]);
    expect(await failing(terms.tab, { repository: 'outputs.git' })).toEqual(['outputs']);
  });

  it('O7: in the runner’s key is named: the service does not know that one', async () => {
    const { parties, terms } = pending;
    const note = publishedNote({ ...parties, runner: generateKeyPair() }, terms, { sequence: 1 });
    await keep(encodeReceipt(note.receipt));
    await writeLog('stranger.git', terms.tab, [note]);
    expect(await failing(terms.tab, { repository: 'stranger.git' })).toEqual(['runner-key']);
  });

  it('G4: in what is settled is named: the log no longer goes through the head', async () => {
    const { parties, terms } = settled;
    const { tab } = terms;
    const other = publishedNote(parties, terms, { sequence: 1, finishedAt: 1_795_300_000 });
    await keep(encodeReceipt(other.receipt));
    await writeLog('rewritten.git', tab, [other]);
    expect(await failing(tab, { repository: 'rewritten.git', tab })).toEqual(['head', 'window']);
    await writeLog('cut.git', tab, settled.notes.slice(0, 1));
    expect(await failing(tab, { repository: 'cut.git', tab })).toEqual(['head', 'window']);
  });
});
