import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import { EMPTY_ACTION_STATE } from '../../../contracts/chain/action-state.ts';
import { readBestChain, readCurrentSlot, readTip } from '../../../contracts/chain/block.ts';
import { checkService } from '../../../contracts/chain/check-service.ts';
import { checkTab } from '../../../contracts/chain/check-tab.ts';
import {
  accountUpdate,
  draft,
  type Command,
  type Draft,
  type FeePayer,
} from '../../../contracts/chain/command.ts';
import { formatCursor, parseCursor, startCursor } from '../../../contracts/chain/cursor.ts';
import { minimumFee, suggestFee } from '../../../contracts/chain/fee.ts';
import { findCommand, readNextNonce } from '../../../contracts/chain/find-command.ts';
import { createGraphql, type Graphql } from '../../../contracts/chain/graphql.ts';
import { readInbox, type InboxPage } from '../../../contracts/chain/inbox.ts';
import { assertNetwork, readGenesis, readNetworkId } from '../../../contracts/chain/network.ts';
import { fundTab, openTab } from '../../../contracts/chain/open-tab.ts';
import { publishService } from '../../../contracts/chain/publish-service.ts';
import { ring } from '../../../contracts/chain/ring.ts';
import { sendCommand, submitCommand, waitForInclusion } from '../../../contracts/chain/send.ts';
import { generateKeyPair, signCommand, type KeyPair } from '../../../contracts/chain/sign.ts';
import type { InboxAction } from '../../../contracts/formats/action.ts';
import { servicePermissions, tabPermissions } from '../../../contracts/formats/permissions.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { spawnMina } from '../../../scripts/network/mina/spawn.ts';
import { EXPIRY, NETWORK, bytes, dummyKey, exampleServiceState, exampleTerms } from './example.ts';

const FEE = 100_000_000n;
const AMOUNT = 2_000_000_000n;

let mina: Awaited<ReturnType<typeof spawnMina>>;
let chain: { node: Graphql; archive: Graphql };
let wallet: KeyPair;
const [service, tab, owner, runner] = [
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
];
const terms = exampleTerms(tab, service.publicKey);
const serviceState = exampleServiceState(owner.publicKey, runner.publicKey);

const ringOf = (fill: number): InboxAction => ({
  kind: 'request',
  tab: tab.publicKey,
  digest: bytes(fill),
});
const payer = async (): Promise<FeePayer> => ({
  publicKey: wallet.publicKey,
  fee: FEE,
  nonce: await readNextNonce(chain.node, wallet.publicKey),
});
const signed = (unsigned: Draft, ...keys: KeyPair[]): Command =>
  signCommand(
    unsigned,
    [wallet, ...keys].map(({ privateKey }) => privateKey),
    NETWORK
  );
const send = async (unsigned: Draft, ...keys: KeyPair[]) =>
  sendCommand(chain.node, signed(unsigned, ...keys), { interval: 50 });
/** Fills of the digests, which name the rings; 0 for what is no ring. */
const fills = ({ entries }: InboxPage): number[] =>
  entries.map((entry) => ('refused' in entry.ring ? 0 : entry.ring.digest[0]!));

beforeAll(async () => {
  mina = await spawnMina({ proofsEnabled: false, batchDelay: 20, blockTime: 0 });
  chain = { node: createGraphql([mina.graphql]), archive: createGraphql([mina.archive]) };
  const response = await fetch(`${mina.accountManager}/acquire-account`);
  const { pk, sk } = (await response.json()) as { pk: string; sk: string };
  wallet = { publicKey: pk, privateKey: sk };
});
afterAll(() => mina.stop());

describe('a node', () => {
  it('tells its network, genesis, tip and slot', async () => {
    expect(await readNetworkId(chain.node)).toBe(NETWORK);
    await assertNetwork(chain.node, NETWORK);
    const genesis = await readGenesis(chain.node);
    expect(genesis).toMatchObject({ slotMilliseconds: 180_000, k: 290 });
    expect(Math.abs(Date.now() - genesis.timestamp)).toBeLessThan(120_000);
    await mina.produceBlocks(3);
    const blocks = await readBestChain(chain.node, 3);
    expect(blocks.map(({ height }) => height - blocks[0]!.height)).toEqual([0, 1, 2]);
    expect(blocks[2]!.parent).toBe(blocks[1]!.hash);
    expect(blocks[2]).toEqual(await readTip(chain.node));
    const slot = await readCurrentSlot(chain.node);
    expect(await mina.advanceSlots(5)).toBe(slot + 5);
    expect(await readCurrentSlot(chain.node)).toBe(slot + 5);
  });

  it('of another network is refused before anything is sent', async () => {
    await expect(assertNetwork(chain.node, 'mina:mainnet')).rejects.toMatchObject({
      code: 'WRONG_NETWORK',
    });
  });

  it('has no account where there is none, and a plain one where there is', async () => {
    expect(await readAccount(chain.node, tab.publicKey)).toBeNull();
    expect(await readAccount(chain.node, wallet.publicKey)).toMatchObject({
      address: wallet.publicKey,
      token: 1n,
      state: null,
      verificationKey: null,
      actionStates: null,
      timing: null,
    });
    expect(await readAccount(chain.node, wallet.publicKey, { token: 7n })).toBeNull();
  });
});

describe('buying without o1js', () => {
  it('publishes a service that its readers accept', async () => {
    const unsigned = publishService({
      payer: await payer(),
      service: service.publicKey,
      state: serviceState,
      verificationKey: dummyKey,
    });
    expect(await send(unsigned, service)).toMatchObject({ kind: 'included' });
    const account = await readAccount(chain.node, service.publicKey);
    expect(account).toMatchObject({ permissions: servicePermissions, provedState: false });
    const options = { verificationKeyHash: dummyKey.hash, owner: owner.publicKey };
    expect(checkService(account, service.publicKey, options)).toEqual(serviceState);
  });

  it('opens a tab with its first ring, that a provider accepts, and tops it up', async () => {
    const unsigned = openTab({
      payer: await payer(),
      terms,
      expiry: EXPIRY,
      amount: AMOUNT,
      verificationKey: dummyKey,
      actions: [ringOf(1)],
    });
    expect(await send(unsigned, tab)).toMatchObject({ kind: 'included' });
    await send(fundTab({ payer: await payer(), tab: tab.publicKey, amount: 7n }));
    const account = await readAccount(chain.node, tab.publicKey);
    expect(account).toMatchObject({
      balance: AMOUNT + 7n,
      permissions: tabPermissions,
      state: encodeTabState(openingState(terms, EXPIRY)),
      // The opening took nonce 0, as its signature is bound to it; no other can be taken.
      nonce: 1,
    });
    const slot = await readCurrentSlot(chain.node);
    const options = { verificationKeyHash: dummyKey.hash, network: NETWORK, slot, balance: AMOUNT };
    expect(checkTab(account, terms, options).expiry).toBe(EXPIRY);
  });

  it('C3: leaves the tab’s key with nothing that it could do', async () => {
    const attempts = [
      { balanceChange: -1n },
      { state: Array<bigint>(8).fill(0n) },
      { permissions: servicePermissions },
      { verificationKey: dummyKey },
      { actions: [[1n]] },
    ];
    for (const attempt of attempts) {
      const updates = [accountUpdate(tab.publicKey, { authorization: 'signature', ...attempt })];
      if (attempt.balanceChange !== undefined)
        updates.push(accountUpdate(owner.publicKey, { authorization: 'none', balanceChange: 1n }));
      const outcome = await send(draft(await payer(), updates), tab);
      expect([attempt, outcome.kind]).toEqual([attempt, 'failed']);
    }
    expect((await readAccount(chain.node, tab.publicKey))!.balance).toBe(AMOUNT + 7n);
  });
});

describe('sending', () => {
  const top = async (amount = 1n): Promise<Command> =>
    signed(fundTab({ payer: await payer(), tab: tab.publicKey, amount }));

  it('R3: the very same command again and again makes it happen once', async () => {
    const command = await top();
    const before = (await readAccount(chain.node, tab.publicKey))!.balance;
    const hash = await submitCommand(chain.node, command);
    expect(await submitCommand(chain.node, command)).toBe(hash);
    const inclusion = await waitForInclusion(chain.node, command, { interval: 20 });
    expect(inclusion).toMatchObject({ kind: 'included', hash });
    expect(await submitCommand(chain.node, command)).toBe(hash);
    expect(await sendCommand(chain.node, command, { interval: 20 })).toEqual(inclusion);
    expect((await readAccount(chain.node, tab.publicKey))!.balance).toBe(before + 1n);
  });

  it('tells a command that failed with its reasons', async () => {
    const unsigned = fundTab({
      payer: await payer(),
      tab: generateKeyPair().publicKey,
      amount: 5n,
    });
    const outcome = await send(unsigned);
    expect(outcome.kind).toBe('failed');
    const reasons = outcome.kind === 'failed' ? outcome.failures.flatMap((f) => f.reasons) : [];
    expect(reasons.join(' ')).toMatch(/Amount_insufficient_to_create_account|Invalid_fee_excess/);
  });

  it('R5: tells a command whose nonce another one took', async () => {
    const [first, second] = [await top(1n), await top(2n)];
    expect(await sendCommand(chain.node, first, { interval: 20 })).toMatchObject({
      kind: 'included',
    });
    expect(await waitForInclusion(chain.node, second, { interval: 20 })).toEqual({
      kind: 'replaced',
      nonce: Number(second.feePayer.body.nonce),
    });
    await expect(submitCommand(chain.node, second)).rejects.toMatchObject({ code: 'NONCE' });
  });

  it('R5: tells a command that is gone, and brings it back after a reorganisation', async () => {
    const command = await top();
    await sendCommand(chain.node, command, { interval: 20 });
    await mina.reorg(1, { reapply: false });
    expect(await waitForInclusion(chain.node, command, { interval: 20 })).toEqual({
      kind: 'dropped',
    });
    expect(await sendCommand(chain.node, command, { interval: 20 })).toMatchObject({
      kind: 'included',
    });
  });

  it('waits for as many blocks as it is told to, with progress, and stops when told to', async () => {
    const command = await top();
    await submitCommand(chain.node, command);
    const seen: string[] = [];
    const waiting = waitForInclusion(chain.node, command, {
      interval: 20,
      depth: 2,
      onProgress: (status) => {
        seen.push(status.kind === 'included' ? `depth ${status.depth}` : status.kind);
        if (seen.at(-1)!.startsWith('depth')) void mina.produceBlocks(1);
      },
    });
    expect(await waiting).toMatchObject({ kind: 'included' });
    expect(seen.at(-1)).toMatch(/^depth [2-9]/);
    const never = { interval: 20, depth: 1_000, timeout: 100 };
    await expect(waitForInclusion(chain.node, command, never)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const signal = AbortSignal.timeout(50);
    await expect(
      waitForInclusion(chain.node, command, { ...never, timeout: 60_000, signal })
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('names why a node refuses', async () => {
    const { publicKey, nonce } = await payer();
    const refused = (unsigned: Draft) =>
      expect(submitCommand(chain.node, signed(unsigned))).rejects;
    const amount = 1n;
    const to = { tab: tab.publicKey, amount };
    await refused(fundTab({ payer: { publicKey, nonce, fee: 1n }, ...to })).toMatchObject({
      code: 'FEE',
    });
    await refused(
      fundTab({ payer: { publicKey, nonce: nonce + 5, fee: FEE }, ...to })
    ).toMatchObject({ code: 'NONCE' });
    await refused(fundTab({ payer: { publicKey, nonce, fee: 10n ** 18n }, ...to })).toMatchObject({
      code: 'UNFUNDED',
    });
    await refused(
      fundTab({ payer: { publicKey, nonce, fee: FEE, validUntil: 0 }, ...to })
    ).toMatchObject({ code: 'EXPIRED' });
    const forged = structuredClone(signed(fundTab({ payer: await payer(), ...to })));
    forged.memo = signed(fundTab({ payer: await payer(), ...to, memo: 'x' })).memo;
    await expect(submitCommand(chain.node, forged)).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(readNextNonce(chain.node, generateKeyPair().publicKey)).rejects.toMatchObject({
      code: 'UNFUNDED',
    });
  });

  it('finds what was only journalled, by its signature', async () => {
    const command = await top();
    expect(await findCommand(chain.node, command)).toMatchObject({ kind: 'absent' });
    await sendCommand(chain.node, command, { interval: 20 });
    await mina.produceBlocks(2);
    expect(await findCommand(chain.node, command)).toMatchObject({ kind: 'included', depth: 2 });
  });

  it('suggests a fee that is taken', async () => {
    const unsigned = fundTab({ payer: await payer(), tab: tab.publicKey, amount: 1n });
    const fee = await suggestFee(chain.node, unsigned.command);
    expect(fee).toBe(10n * minimumFee(unsigned.command));
    expect(await suggestFee(chain.node, unsigned.command, { most: 5n })).toBe(5n);
    const paid = fundTab({ payer: { ...(await payer()), fee }, tab: tab.publicKey, amount: 1n });
    expect(await send(paid)).toMatchObject({ kind: 'included' });
  });
});

describe('an inbox', () => {
  it('is read from its beginning, then only what is new', async () => {
    const first = await readInbox(chain, service.publicKey, startCursor());
    expect(fills(first)).toEqual([1]);
    expect(first).toMatchObject({ confirmed: true, current: true });
    expect(first.entries[0]).toMatchObject({
      index: 0,
      ring: { kind: 'request', tab: tab.publicKey },
    });

    await send(
      ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(2), ringOf(3)] })
    );
    await send(ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(4)] }));
    const cursor = parseCursor(formatCursor(first.cursor));
    const second = await readInbox(chain, service.publicKey, cursor);
    expect(fills(second)).toEqual([2, 3, 4]);
    const third = await readInbox(chain, service.publicKey, second.cursor);
    expect(third).toMatchObject({ entries: [], cursor: second.cursor, current: true, more: false });
    const account = await readAccount(chain.node, service.publicKey);
    expect(second.entries.at(-1)!.actionState).toBe(account!.actionStates![0]);
  });

  it('C10: names what is no ring and reads on', async () => {
    const { cursor } = await readInbox(chain, service.publicKey, startCursor());
    const junk = [[], [1n], [9n, 1n, 0n, 0n, 0n], Array<bigint>(16).fill(5n)];
    const updates = [accountUpdate(service.publicKey, { authorization: 'none', actions: junk })];
    await send(draft(await payer(), updates));
    await send(ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(5)] }));
    const page = await readInbox(chain, service.publicKey, cursor);
    expect(fills(page)).toEqual([0, 0, 0, 0, 5]);
    expect(page.entries[2]!.ring).toEqual({ refused: 'action kind 9 is not known' });
  });

  it('C10: is read in small pages though all its blocks fall into one slot', async () => {
    const whole = await readInbox(chain, service.publicKey, startCursor());
    const slots = new Set((await readBestChain(chain.node, 6)).map(({ slot }) => slot));
    expect(slots.size).toBe(1);
    const paged = [];
    for (let cursor = startCursor(), more = true; more;) {
      const page = await readInbox(chain, service.publicKey, cursor, { maxActions: 1 });
      paged.push(...page.entries);
      ({ cursor, more } = page);
    }
    expect(paged).toEqual(whole.entries);
  });

  it('R5: goes on after a reorganisation, without handing out twice what came back', async () => {
    await mina.produceBlocks(2);
    const before = await readInbox(chain, service.publicKey, startCursor());
    await send(ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(6)] }));
    const read = await readInbox(chain, service.publicKey, before.cursor);
    expect(fills(read)).toEqual([6]);

    await mina.reorg(1, { reapply: true });
    await mina.produceBlocks(1);
    await send(ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(7)] }));
    const after = await readInbox(chain, service.publicKey, read.cursor);
    expect(fills(after)).toEqual([7]);
    expect(after).toMatchObject({ confirmed: true, current: true });

    await mina.reorg(2, { reapply: false });
    const shorter = await readInbox(chain, service.publicKey, after.cursor);
    expect(shorter).toMatchObject({ entries: [], confirmed: true });
    await send(ring({ payer: await payer(), service: service.publicKey, actions: [ringOf(8)] }));
    const other = await readInbox(chain, service.publicKey, shorter.cursor);
    expect(fills(other).at(-1)).toBe(8);
    const all = await readInbox(chain, service.publicKey, startCursor());
    expect(all.entries.at(-1)).toEqual(other.entries.at(-1));
  });

  it('of nobody is an error', async () => {
    await expect(
      readInbox(chain, generateKeyPair().publicKey, startCursor())
    ).rejects.toMatchObject({ code: 'NO_ACCOUNT' });
    expect((await readAccount(chain.node, wallet.publicKey))!.actionStates).toBeNull();
    expect(await readInbox(chain, wallet.publicKey, startCursor())).toMatchObject({
      entries: [],
      cursor: [{ actionState: EMPTY_ACTION_STATE }],
    });
  });
});
