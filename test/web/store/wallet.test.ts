import { createRoot, createSignal } from 'solid-js';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { createWalletStore } from '../../../web/store/wallet.ts';
import type { WalletKind } from '../../../web/store/settings.ts';
import { auroDouble } from '../wallet/provider-double.ts';

function setup() {
  const auro = auroDouble(generateKeyPair());
  const remembered: (WalletKind | null)[] = [];
  const [networkId, setNetworkId] = createSignal<string | undefined>('mina:testnet');
  const wallet = createRoot(() =>
    createWalletStore({
      networkId,
      node: () => undefined,
      remember: async (kind) => void remembered.push(kind),
      prompt: () => undefined,
    })
  );
  return { auro, wallet, remembered, setNetworkId };
}

describe('the wallet', () => {
  it('is absent, then there, then connected, and is remembered', async () => {
    const { auro, wallet, remembered } = setup();
    expect(wallet.status()).toBe('absent');
    wallet.offer('auro', auro);
    expect(wallet.status()).toBe('disconnected');
    const connecting = wallet.connect();
    expect(wallet.status()).toBe('connecting');
    await connecting;
    expect(wallet.status()).toBe('connected');
    expect(wallet.address()).toBe(auro.accounts[0]);
    expect(wallet.signer().publicKey).toBe(auro.accounts[0]);
    expect(remembered).toEqual(['auro']);
  });

  it('says in words that somebody declined, and forgets it at the next try', async () => {
    const { auro, wallet } = setup();
    wallet.offer('auro', auro);
    auro.fail('requestAccounts', 1002);
    await wallet.connect();
    expect(wallet.problem()).toMatchObject({ code: 'REJECTED' });
    expect(wallet.status()).toBe('disconnected');
    await wallet.connect();
    expect(wallet.problem()).toBeUndefined();
  });

  it('says that there is none', async () => {
    const { wallet } = setup();
    await wallet.connect();
    expect(wallet.problem()).toMatchObject({ code: 'NO_WALLET' });
    expect(() => wallet.signer()).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
  });

  it('is on the wrong network until it, or the page, goes over', async () => {
    const { auro, wallet, setNetworkId } = setup();
    wallet.offer('auro', auro);
    await wallet.connect();
    auro.networkID = 'mina:mainnet';
    auro.emit('chainChanged', { networkID: 'mina:mainnet' });
    await expect.poll(() => wallet.status()).toBe('wrong-network');
    expect(() => wallet.signer()).toThrow(expect.objectContaining({ code: 'WRONG_NETWORK' }));
    await wallet.switchNetwork();
    expect(wallet.status()).toBe('connected');
    setNetworkId('mina:devnet');
    expect(wallet.status()).toBe('wrong-network');
  });

  it('follows its owner to another account, and out', async () => {
    const { auro, wallet, remembered } = setup();
    wallet.offer('auro', auro);
    await wallet.connect();
    const other = generateKeyPair().publicKey;
    auro.accounts = [other];
    auro.emit('accountsChanged', [other]);
    expect(wallet.address()).toBe(other);
    auro.emit('accountsChanged', []);
    expect(wallet.status()).toBe('disconnected');
    expect(remembered.at(-1)).toBeNull();
  });

  it('is taken up again after a reload without a question', async () => {
    const { auro, wallet } = setup();
    await auro.requestAccounts();
    wallet.offer('auro', auro);
    await wallet.reconnect('auro');
    expect(wallet.status()).toBe('connected');
  });
});
