import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeMemo } from '../../../contracts/chain/base58check.ts';
import { fundTab } from '../../../contracts/chain/open-tab.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { signWith } from '../../../requester/wallet.ts';
import { askAccount, knownAccount, providerWallet } from '../../../web/wallet/auro.ts';
import { createDevelopmentProvider } from '../../../web/wallet/development.ts';
import type { SigningPrompt } from '../../../web/wallet/prompt.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** An account manager with one account; how often it was asked for one. */
async function setup(answer: 'approve' | 'reject' | 'wait' = 'approve') {
  const keys = generateKeyPair();
  const acquired: string[] = [];
  const server = createServer((request, response) => {
    acquired.push(request.url!);
    response.end(JSON.stringify({ used: true, pk: keys.publicKey, sk: keys.privateKey }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kept: { account?: unknown } = {};
  const prompts: SigningPrompt[] = [];
  const control = { answer };
  const open = () =>
    createDevelopmentProvider({
      accountManager: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      networkId: () => Promise.resolve('mina:testnet'),
      load: () => Promise.resolve(kept.account),
      save: async (account) => void (kept.account = account),
      ask(prompt) {
        if (prompt === undefined) return;
        prompts.push(prompt);
        if (control.answer !== 'wait') prompt[control.answer]();
      },
    });
  const { command } = fundTab({
    payer: { publicKey: keys.publicKey, fee: 3_000_000n, nonce: 0 },
    tab: generateKeyPair().publicKey,
    amount: 5_000_000_000n,
    memo: 'runproof',
  });
  const wallet = providerWallet(open(), keys.publicKey, async (memo) => decodeMemo(memo));
  return { keys, acquired, kept, prompts, control, open, command, wallet };
}

describe('the development wallet', () => {
  it('asks, shows what the account loses, and signs as Auro does', async () => {
    const { keys, prompts, open, command } = await setup();
    const provider = open();
    expect(await askAccount(provider)).toBe(keys.publicKey);
    const wallet = providerWallet(provider, keys.publicKey, async (memo) => decodeMemo(memo));
    const signed = await signWith(wallet, command, { networkId: 'mina:testnet' });
    expect(signed.feePayer.body).toEqual(command.feePayer.body);
    expect(prompts).toMatchObject([
      { kind: 'connect', address: keys.publicKey },
      { kind: 'sign', fee: 3_000_000n, total: 5_003_000_000n, memo: 'runproof' },
    ]);
  });

  it('has the same account after a reload, still connected', async () => {
    const { keys, acquired, open } = await setup();
    await askAccount(open());
    expect(await knownAccount(open())).toBe(keys.publicKey);
    expect(acquired).toHaveLength(1);
  });

  it('takes no for an answer, with Auro’s own code', async () => {
    const { open, control, wallet, command } = await setup();
    control.answer = 'reject';
    await expect(askAccount(open())).rejects.toMatchObject({ code: 'REJECTED' });
    await expect(wallet.sign(command, { networkId: 'mina:testnet' })).rejects.toMatchObject({
      code: 'REJECTED',
    });
  });

  it('asks one question at a time', async () => {
    const { open, control, prompts } = await setup();
    control.answer = 'wait';
    const provider = open();
    const first = askAccount(provider);
    await expect.poll(() => prompts).toHaveLength(1);
    await expect(askAccount(provider)).rejects.toMatchObject({ code: 'PENDING' });
    prompts[0]!.approve();
    await first;
  });

  it('sends nothing by itself and knows no other network', async () => {
    const { open } = await setup();
    const provider = open();
    await askAccount(provider);
    await expect(provider.sendTransaction({ transaction: '{}' })).rejects.toMatchObject({
      code: 20006,
    });
    await expect(
      provider.sendTransaction({ onlySign: true, transaction: '{}' })
    ).rejects.toMatchObject({ code: 20003 });
    await expect(provider.switchChain({ networkID: 'mina:mainnet' })).rejects.toMatchObject({
      code: 20004,
    });
  });

  it('has no account where the account manager has none', async () => {
    const provider = createDevelopmentProvider({
      accountManager: 'http://127.0.0.1:9/',
      networkId: () => Promise.resolve('mina:testnet'),
      load: () => Promise.resolve(undefined),
      save: () => Promise.resolve(),
      ask: () => undefined,
    });
    await expect(askAccount(provider)).rejects.toMatchObject({ code: 'NO_WALLET' });
  });
});
