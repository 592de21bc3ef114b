import { describe, expect, it } from 'vitest';
import { fundTab } from '../../../contracts/chain/open-tab.ts';
import { decodeMemo } from '../../../contracts/chain/base58check.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { signWith } from '../../../requester/wallet.ts';
import {
  askAccount,
  knownAccount,
  providerWallet,
  switchNetwork,
} from '../../../web/wallet/auro.ts';
import { type Double, auroDouble } from './provider-double.ts';

const keys = generateKeyPair();
const tab = generateKeyPair().publicKey;
const OPTIONS = { networkId: 'mina:testnet' };

const draft = (memo = 'runproof') =>
  fundTab({
    payer: { publicKey: keys.publicKey, fee: 123_456_789n, nonce: 7 },
    tab,
    amount: 5n,
    memo,
  }).command;

async function connected(): Promise<Double> {
  const auro = auroDouble(keys);
  await askAccount(auro);
  return auro;
}
const walletOf = (auro: Double) =>
  providerWallet(auro, keys.publicKey, (memo) => Promise.resolve(decodeMemo(memo)));

describe('Auro', () => {
  it('signs what it is given, unsent, with fee, nonce and memo as proposed', async () => {
    const auro = await connected();
    const command = draft();
    const signed = await signWith(walletOf(auro), command, OPTIONS);
    expect(auro.asked).toMatchObject({
      onlySign: true,
      nonce: 7,
      feePayer: { fee: 0.123456789, memo: 'runproof' },
    });
    expect(signed.feePayer.body).toEqual(command.feePayer.body);
    expect(signed.memo).toBe(command.memo);
    expect(signed.feePayer.authorization).toMatch(/^7m/);
  });

  it('may choose another fee', async () => {
    const auro = await connected();
    auro.chosenFee = 0.2;
    const signed = await signWith(walletOf(auro), draft(), OPTIONS);
    expect(signed.feePayer.body.fee).toBe('200000000');
  });

  it.each([
    [1001, 'DISCONNECTED', /not connected/],
    [1002, 'REJECTED', /declined/],
    [20001, 'NO_WALLET', /no account yet/],
    [20002, 'VERIFY_FAILED', /could not verify/],
    [20003, 'PARAMETERS', /invalid/],
    [20004, 'UNSUPPORTED_CHAIN', /does not know this network/],
    [20005, 'PENDING', /waits in the wallet/],
    [20006, 'UNSUPPORTED_METHOD', /too old/],
    [21001, 'INTERNAL', /failed inside/],
    [22001, 'UNSPECIFIED', /without saying why/],
    [23001, 'ORIGIN', /another page/],
    [404, 'UNSPECIFIED', /without saying why/],
  ])('answers %i, thrown or returned, and it is said in our words', async (code, name, words) => {
    for (const how of ['thrown', 'returned'] as const) {
      const auro = await connected();
      auro.fail('sendTransaction', code, how);
      const error: unknown = await walletOf(auro)
        .sign(draft(), OPTIONS)
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'WalletError', code: name });
      expect((error as Error).message).toMatch(words);
      expect((error as Error).message).not.toContain('message');
    }
  });

  it('on another network, or gone over to another account, signs nothing', async () => {
    const auro = await connected();
    auro.networkID = 'mina:mainnet';
    await expect(walletOf(auro).sign(draft(), OPTIONS)).rejects.toMatchObject({
      code: 'WRONG_NETWORK',
    });
    auro.networkID = 'mina:testnet';
    auro.accounts = [generateKeyPair().publicKey];
    await expect(walletOf(auro).sign(draft(), OPTIONS)).rejects.toMatchObject({
      code: 'WRONG_ACCOUNT',
    });
    auro.accounts = [];
    await expect(walletOf(auro).sign(draft(), OPTIONS)).rejects.toMatchObject({
      code: 'DISCONNECTED',
    });
    expect(auro.asked).toBeUndefined();
  });

  it.each([
    ['a hash, for it was sent by the wallet', { hash: '5J' }],
    ['text that is no JSON', { signedData: '{' }],
    ['JSON without a command', { signedData: '{}' }],
    ['nothing', undefined],
  ])('that answers with %s has signed nothing', async (_, answer) => {
    const auro = await connected();
    auro.sendTransaction = () => Promise.resolve(answer as { signedData: string });
    await expect(walletOf(auro).sign(draft(), OPTIONS)).rejects.toMatchObject({
      code: 'MALFORMED',
    });
  });

  it('tells no account until it is asked, and none without one', async () => {
    const auro = auroDouble(keys);
    expect(await knownAccount(auro)).toBeUndefined();
    auro.accounts = [];
    await expect(askAccount(auro)).rejects.toMatchObject({ code: 'NO_WALLET' });
    auro.accounts = ['<b>'];
    await expect(askAccount(auro)).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  it('goes over to another network, or says that it does not know it', async () => {
    const auro = await connected();
    await switchNetwork(auro, 'mina:devnet');
    expect(auro.networkID).toBe('mina:devnet');
    auro.fail('switchChain', 20004);
    await expect(switchNetwork(auro, 'mina:x')).rejects.toMatchObject({
      code: 'UNSUPPORTED_CHAIN',
    });
  });
});
