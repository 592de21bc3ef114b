import { statSync } from 'node:fs';
import { join } from 'node:path';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGraphql, type Graphql } from '../../contracts/chain/graphql.ts';
import { type KeyPair, generateKeyPair } from '../../contracts/chain/sign.ts';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { digestOf, rawCidOf, rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { type Credential, bindingCommitment } from '../../contracts/formats/credential.ts';
import { type Keyset, encodeKeyset } from '../../contracts/formats/keyset.ts';
import { keyHash } from '../../contracts/formats/terms.ts';
import { parseVaultEntry } from '../../contracts/formats/vault-entry.ts';
import { sealCredential } from '../../contracts/formats/vault.ts';
import { IpfsError } from '../../ipfs/error.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { type Prover, spawnProver } from '../../oracle/prove/prover.ts';
import { followJob } from '../../requester/follow.ts';
import { requestJobs } from '../../requester/job.ts';
import { readKeyLog } from '../../requester/key-log.ts';
import type { TabKeys } from '../../requester/store.ts';
import {
  pauseService,
  publishServiceWith,
  readService,
  rotateService,
} from '../../requester/service.ts';
import { openTabWith } from '../../requester/tab.ts';
import { changedSince, readTabSet } from '../../requester/tab-set.ts';
import { fundTabWith } from '../../requester/tab.ts';
import {
  type NewSecret,
  type VaultRecord,
  type VaultStore,
  commitmentOf,
  putSecret,
} from '../../requester/vault.ts';
import { verify } from '../../requester/verify.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { Sender } from '../../scripts/provider/sender.ts';
import { fileVault } from '../../scripts/requester/vault-store.ts';
import { MINA, type Market, descriptorOf, freePort, openMarket } from './market.ts';

const SECRET = 'a token that nobody reads';

let market: Market;
let prover: Prover;
let provider: KeyPair;
let wallet: KeyPair;
let service: string;
let tab: TabKeys;
let vault: VaultStore;
let archive: Graphql;

beforeAll(async () => {
  market = await openMarket();
  prover = spawnProver({ proofsEnabled: false });
  [provider, wallet] = [await market.wallet(), await market.wallet()];
  const port = await freePort();
  const keyset = market.keyset(provider.publicKey, `http://127.0.0.1:${port}`);
  const goods = { descriptor: descriptorOf(), keyset };
  ({ service } = await publishServiceWith(market.requester, goods, keyWallet(provider)));
  ({ tab } = await openTabWith(market.requester, {
    ...{ service, amount: 5n * MINA, cap: MINA, slots: 480, wallet: keyWallet(wallet) },
  }));
  await market.serve(service, port);
  vault = fileVault(join(market.folder, 'vault'));
  archive = createGraphql([market.mina.archive]);
});
afterAll(async () => {
  await prover.stop();
  await market.stop();
});

const put = (change: Partial<NewSecret> = {}): Promise<VaultRecord> =>
  putSecret(market.requester, vault, {
    ...{ name: 'TOKEN', secret: SECRET, host: 'registry.example', scopes: ['write', 'read'] },
    binding: { service, tab: tab.terms.tab, purpose: 'job' },
    slots: 1_000,
    ...change,
  });
const order = (...records: VaultRecord[]) =>
  requestJobs(market.requester, tab, [{ parameters: { node: '22' }, vault: records }]);

describe('a secret in the vault', () => {
  it('is kept in a file that only its owner reads, without the secret', async () => {
    const record = await put();
    expect(await vault.read(tab.terms.tab, 'TOKEN')).toEqual(record);
    expect(await vault.list(tab.terms.tab)).toEqual([record]);
    expect(record.credential.scopes).toEqual(['read', 'write']);
    expect(JSON.stringify(record)).not.toContain(SECRET);
    const path = join(market.folder, 'vault', tab.terms.tab, 'TOKEN.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const block = await market.requester.blocks.get(rawCidOf(fromHex(record.block, 32)));
    expect(parseVaultEntry(block).commitment).toBe(
      commitmentOf(record).toString(16).padStart(64, '0')
    );
    await expect(vault.read(tab.terms.tab, '../TOKEN')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is given to a job, and its block stands in the note that the provider signs', async () => {
    const record = await vault.read(tab.terms.tab, 'TOKEN');
    const [job] = await order(record);
    const { entry } = await followJob(market.requester, tab.terms, job!.sequence, {
      until: 'receipt',
    });
    expect(entry!.note.credentials).toEqual([record.block]);
    expect(entry!.note.exitStatus).toBe(0);

    const verified = await verify(market.requester, tab.terms.tab);
    const ofJob = verified.findings.filter(({ id }) => id === 'credentials');
    expect(ofJob).toMatchObject([{ ok: true, sequence: job!.sequence }]);
    expect(verified.jobs.map(({ credentials }) => credentials)).toEqual([
      [
        {
          block: record.block,
          commitment: commitmentOf(record),
          binding: bindingCommitment(record.credential),
          epoch: 0,
        },
      ],
    ]);
  });

  it('K3: is seen by a verifier where its block is gone, another’s or of a later epoch', async () => {
    const { block, credential } = await vault.read(tab.terms.tab, 'TOKEN');
    const { blocks } = market.requester;
    const cid = rawCidOf(fromHex(block, 32));
    /** As if the note named this one. */
    const seen = async (get: () => Promise<Uint8Array>) => {
      const source: BlockSource = {
        get: (asked, options) => (asked.equals(cid) ? get() : blocks.get(asked, options)),
      };
      const { findings, jobs } = await verify(
        { ...market.requester, blocks: source },
        tab.terms.tab
      );
      expect(jobs.flatMap(({ credentials }) => credentials)).toEqual([]);
      return findings.filter(({ ok }) => !ok).map(({ id, detail }) => `${id}: ${detail}`);
    };
    const sealed = async (change: Partial<Credential>, epoch = 0): Promise<Uint8Array> => {
      const value = { ...credential, ...change };
      const kept = { credential: value, secret: SECRET, blinding: 7n };
      const { recipients } = market.keyset(provider.publicKey);
      return (await sealCredential(kept, { recipients, epoch })).block;
    };
    const gone = new IpfsError('not-found', 'nobody has it');
    expect(await seen(() => Promise.reject(gone))).toEqual(['credentials: nobody has it']);
    for (const [change, word] of [
      [{ tab: null }, 'tab'],
      [{ tab: generateKeyPair().publicKey }, 'tab'],
      [{ service: generateKeyPair().publicKey }, 'service'],
      [{ purpose: 'trigger' }, 'purpose'],
      [{ network: 'mina:mainnet' }, 'network'],
    ] as const)
      expect(await seen(() => sealed(change))).toEqual([
        expect.stringContaining(`credentials: the secret is bound to ${word}`),
      ]);
    expect(await seen(() => sealed({}, 1))).toEqual([expect.stringContaining('epoch 1')]);
    expect(await seen(() => Promise.resolve(new Uint8Array(9)))).toHaveLength(1);
  });

  it('K3: is given to no job once revoked, expired, or bound elsewhere', async () => {
    const record = await vault.read(tab.terms.tab, 'TOKEN');
    const { credential } = record;
    const unfit: VaultRecord[] = [
      { ...record, state: 'revoked' },
      { ...record, credential: { ...credential, expiry: 1 } },
      { ...record, credential: { ...credential, tab: null } },
      { ...record, credential: { ...credential, purpose: 'trigger' } },
      { ...record, credential: { ...credential, service: generateKeyPair().publicKey } },
      { ...record, epoch: 1 },
    ];
    await market.mina.advanceSlots(2);
    for (const each of unfit)
      await expect(order(each), JSON.stringify(each)).rejects.toMatchObject({ code: 'CREDENTIAL' });
  });
});

describe('tabs in a set', () => {
  it('are read in one block, and seen to have changed', async () => {
    const { requester } = market;
    const set = await readTabSet(requester, [tab.terms.tab]);
    expect(set.tabs[0]).toMatchObject({ tab: tab.terms.tab, balance: String(5n * MINA) });
    expect(await changedSince(requester, set)).toEqual([]);
    await fundTabWith(requester, tab, { amount: MINA, wallet: keyWallet(wallet) });
    expect(await changedSince(requester, set)).toEqual([tab.terms.tab]);
    await expect(readTabSet(requester, [service])).rejects.toMatchObject({
      code: 'VERIFICATION_KEY',
    });
  });
});

describe('the keys of a service', () => {
  const options = () => ({
    sender: new Sender({ ...market.requester, wallet: provider, prover }),
    owner: provider.publicKey,
  });
  let first: string;
  let runners: string[];

  beforeAll(async () => {
    const { requester } = market;
    const before = await readService(requester, service);
    first = toHex(before.state.keyset);
    await pauseService(requester, service, true, options());
    await pauseService(requester, service, false, options());
    runners = [before.keyset.runner];
    for (const epoch of [1, 2]) {
      const recipients = [await identityToRecipient(await generateHybridIdentity())];
      runners.push(generateKeyPair().publicKey);
      const next: Keyset = { ...before.keyset, epoch, recipients, runner: runners[epoch]! };
      await rotateService(requester, service, next, options());
    }
    // Four transactions, each built by a process that loads o1js first.
  }, 240_000);

  it('are read back: who, which and since when', async () => {
    const log = await readKeyLog(market.requester, archive, service, options());
    expect(log.owner).toBe(keyHash(provider.publicKey));
    expect(log.epochs.map(({ epoch, known }) => [epoch, known])).toEqual([
      [2, 'chain'],
      [1, 'chain'],
      [0, 'chain'],
    ]);
    expect(log.epochs.map(({ keyset }) => keyset!.runner)).toEqual([...runners].reverse());
    expect(toHex(log.epochs[2]!.digest)).toBe(first);
    const [two, one, zero] = log.epochs.map(({ since }) => since);
    expect(zero).toBeUndefined();
    expect(two!.height).toBeGreaterThan(one!.height);
    expect(one!.transaction).not.toBe(two!.transaction);
    expect(log.pauses.map(({ paused }) => paused)).toEqual([false, true]);
  });

  it('are another owner’s to nobody', async () => {
    const owner = wallet.publicKey;
    await expect(readKeyLog(market.requester, archive, service, { owner })).rejects.toMatchObject({
      code: 'OWNER',
    });
  });

  /** An archive that changes what the real one answers. */
  const lying = (change: (rows: Row[]) => Row[]): Graphql => ({
    query: async (document, variables, schema, query) =>
      archive.query(document, variables, schema, query).then((answer) => {
        const { events } = answer as { events: Row[] };
        return { events: change(structuredClone(events)) } as typeof answer;
      }),
  });
  interface Row {
    readonly eventData: {
      readonly data: bigint[];
      readonly transactionInfo: { authorizationKind: string };
    }[];
  }

  it('O7: are not what an archive makes of them', async () => {
    const read = (change: (rows: Row[]) => Row[]) =>
      readKeyLog(market.requester, lying(change), service);
    const swapped = read((rows) => {
      for (const { eventData } of rows) for (const { data } of eventData) data[4] = 7n;
      return rows;
    });
    await expect(swapped).rejects.toMatchObject({ code: 'ARCHIVE_MISMATCH' });
    // What it leaves out is still known from the keysets, though not since when.
    const silent = await read(() => []);
    expect(silent.epochs.map(({ epoch, since }) => [epoch, since])).toEqual([
      [2, undefined],
      [1, undefined],
      [0, undefined],
    ]);
    // Anybody may emit for an inbox: without a proof it is nobody's rotation.
    const junk = await read((rows) => {
      const [row] = structuredClone(rows) as [Row];
      row.eventData[0]!.data[4] = 7n;
      row.eventData[0]!.transactionInfo.authorizationKind = 'None_given';
      return [row, ...rows];
    });
    expect(junk.epochs).toHaveLength(3);
  });

  it('I2: are read back so far and no farther, since their owner may make up any number', async () => {
    const made = new Map<string, Uint8Array>();
    let keyset: Keyset = market.keyset(provider.publicKey);
    for (let epoch = 0; epoch < 1_100; epoch++) {
      const block = encodeKeyset(keyset);
      made.set(String(rawCidOfBlock(block)), block);
      const previous = toHex(digestOf(rawCidOfBlock(block)));
      keyset = { ...keyset, epoch: epoch + 1, previous };
    }
    const goods = { descriptor: descriptorOf(), keyset };
    const hoard = await publishServiceWith(market.requester, goods, keyWallet(provider));
    const { blocks } = market.requester;
    const source: BlockSource = {
      get: (cid, got) => Promise.resolve(made.get(String(cid)) ?? blocks.get(cid, got)),
    };
    const reading = { ...market.requester, blocks: source };
    const { epochs } = await readKeyLog(reading, archive, hoard.service);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => 1_100 - i)
    );
  });

  it('K2: of an epoch that is over are not sealed to, nor past their last slot', async () => {
    const record = await vault.read(tab.terms.tab, 'TOKEN');
    await expect(order(record)).rejects.toMatchObject({ code: 'CREDENTIAL' });
    const { keyset } = await readService(market.requester, service);
    const next = { ...keyset, epoch: 3, until: 1 };
    await rotateService(market.requester, service, next, options());
    await expect(order()).rejects.toMatchObject({ code: 'KEYSET' });
    await expect(put()).rejects.toMatchObject({ code: 'KEYSET' });
  });
});
