import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeePayer, Draft } from '../../../contracts/chain/command.ts';
import { readNextNonce } from '../../../contracts/chain/find-command.ts';
import { type Graphql, createGraphql } from '../../../contracts/chain/graphql.ts';
import { openTab } from '../../../contracts/chain/open-tab.ts';
import { publishService } from '../../../contracts/chain/publish-service.ts';
import { sendCommand } from '../../../contracts/chain/send.ts';
import { type KeyPair, generateKeyPair, signCommand } from '../../../contracts/chain/sign.ts';
import type { InboxAction } from '../../../contracts/formats/action.ts';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import type { Chain } from '../../../runner-hooks/daemon/chain.ts';
import { chainOver } from '../../../runner-hooks/daemon/mina-chain.ts';
import { spawnMina } from '../../../scripts/network/mina/spawn.ts';
import {
  EXPIRY,
  NETWORK,
  bytes,
  dummyKey,
  exampleServiceState,
  exampleTerms,
} from '../../contracts/chain/example.ts';

const AMOUNT = 2_000_000_000n;
const [service, tab, owner, runner] = [1, 2, 3, 4].map(generateKeyPair) as [
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
];
const terms = exampleTerms(tab, service.publicKey);
const state = exampleServiceState(owner.publicKey, runner.publicKey);
const ringing: InboxAction = { kind: 'request', tab: tab.publicKey, digest: bytes(1) };
const pinned = { Tab: dummyKey, Service: dummyKey };

let mina: Awaited<ReturnType<typeof spawnMina>>;
let nodes: { node: Graphql; archive: Graphql };
let wallet: KeyPair;
let chain: Chain;

async function send(build: (payer: FeePayer) => Draft, key: KeyPair): Promise<void> {
  const nonce = await readNextNonce(nodes.node, wallet.publicKey);
  const draft = build({ publicKey: wallet.publicKey, fee: 100_000_000n, nonce });
  const keys = [wallet, key].map(({ privateKey }) => privateKey);
  const sent = await sendCommand(nodes.node, signCommand(draft, keys, NETWORK), { interval: 50 });
  expect(sent.kind).toBe('included');
}

beforeAll(async () => {
  mina = await spawnMina({ proofsEnabled: false, batchDelay: 20, blockTime: 0 });
  nodes = { node: createGraphql([mina.graphql]), archive: createGraphql([mina.archive]) };
  chain = chainOver(nodes, pinned);
  const response = await fetch(`${mina.accountManager}/acquire-account`);
  const { pk, sk } = (await response.json()) as { pk: string; sk: string };
  wallet = { publicKey: pk, privateKey: sk };
  const verificationKey = dummyKey;
  await send(
    (payer) => publishService({ payer, service: service.publicKey, state, verificationKey }),
    service
  );
  await send(
    (payer) =>
      openTab({
        payer,
        terms,
        expiry: EXPIRY,
        amount: AMOUNT,
        verificationKey,
        actions: [ringing],
      }),
    tab
  );
});
afterAll(() => mina.stop());

describe('the daemon’s view of a node', () => {
  it('has the network, the slot and who can be paid', async () => {
    expect(await chain.network({})).toBe(NETWORK);
    expect(await mina.advanceSlots(3)).toBe(await chain.slot({}));
    expect(await chain.canReceive(wallet.publicKey, {})).toBe(true);
  });

  it('C9: knows that nobody can be paid where there is no account', async () => {
    expect(await chain.canReceive(terms.payee, {})).toBe(false);
  });

  it('has the service and the tab as they were opened', async () => {
    expect(await chain.service(service.publicKey, {})).toEqual(state);
    expect(await chain.tab(terms, {})).toEqual({
      state: openingState(terms, EXPIRY),
      balance: AMOUNT,
    });
    expect(await chain.isTab(tab.publicKey, {})).toBe(true);
  });

  it('C4: takes no other account for a tab or a service', async () => {
    expect(await chain.isTab(service.publicKey, {})).toBe(false);
    expect(await chain.isTab(runner.publicKey, {})).toBe(false);
    expect(await chain.tab({ ...terms, cap: 1n }, {})).toMatchObject({ missing: false });
    expect(await chain.tab({ ...terms, tab: runner.publicKey }, {})).toMatchObject({
      missing: true,
    });
    expect(await chain.service(tab.publicKey, {})).toMatchObject({ missing: false });
    const others = chainOver(nodes, { Tab: { hash: 1n }, Service: { hash: 1n } });
    expect(await others.tab(terms, {})).toMatchObject({ missing: false });
    expect(await others.service(service.publicKey, {})).toMatchObject({ missing: false });
  });

  it('reads the inbox to its end, and from there nothing twice', async () => {
    const first = await chain.inbox(service.publicKey, undefined, { maximum: 100 });
    expect(first.entries).toEqual([ringing]);
    expect(first.more).toBe(false);
    const second = await chain.inbox(service.publicKey, first.cursor, { maximum: 100 });
    expect(second.entries).toEqual([]);
    expect(second.cursor).toBe(first.cursor);
  });
});
