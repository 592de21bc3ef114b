import { describe, expect, it } from 'vitest';
import { minimumFee } from '../../../../contracts/chain/fee.ts';
import { fundTab } from '../../../../contracts/chain/open-tab.ts';
import { ring } from '../../../../contracts/chain/ring.ts';
import { generateKeyPair } from '../../../../contracts/chain/sign.ts';
import { readAmount } from '../../../../web/pages/tabs/amount-text.ts';
import {
  FEES,
  closeEffects,
  fundEffects,
  refundEffects,
} from '../../../../web/pages/tabs/effects.ts';
import { openWork } from '../../../../web/pages/tabs/open-work.ts';
import { shareOf } from '../../../../web/pages/tabs/shares.ts';
import { shellWord } from '../../../../web/store/shell-word.ts';
import type { JobView } from '../../../../web/store/jobs.ts';
import { MINA } from './tab-view.ts';

const named = (effects: ReturnType<typeof fundEffects>): Record<string, bigint> =>
  Object.fromEntries(effects.map(({ label, nanomina }) => [label, nanomina]));

describe('what a step does to somebody’s MINA', () => {
  it('names the fee that the transaction of that shape is usually sent with', () => {
    const key = (): string => generateKeyPair().publicKey;
    const payer = { publicKey: key(), fee: 0n, nonce: 0 };
    const fund = fundTab({ payer, tab: key(), amount: MINA });
    const digest = new Uint8Array(32);
    const rung = ring({
      payer,
      service: key(),
      actions: [{ kind: 'closing', tab: key(), digest }],
    });
    expect(FEES.fund).toBe(10n * minimumFee(fund.command));
    expect(FEES.ring).toBe(10n * minimumFee(rung.command));
  });

  it('adds a top-up to what is free, less what is promised beyond the balance', () => {
    const effects = named(fundEffects({ balance: MINA, promised: 2n * MINA }, 3n * MINA));
    expect(effects).toMatchObject({
      'Out of your wallet': -3n * MINA,
      'The tab then holds': 4n * MINA,
      'Of it free for jobs': 2n * MINA,
    });
    expect(
      named(fundEffects({ balance: 0n, promised: 5n * MINA }, MINA))['Of it free for jobs']
    ).toBe(0n);
  });

  it('pays the provider before a closing gives the rest back', () => {
    const effects = named(closeEffects({ balance: 5n * MINA, promised: 0n }, 2n * MINA));
    expect(effects['The provider is paid first']).toBe(-2n * MINA);
    expect(effects['Comes back to you']).toBe(3n * MINA);
    const none = named(closeEffects({ balance: 5n * MINA, promised: 0n }, 0n));
    expect(none).not.toHaveProperty('The provider is paid first');
  });

  it('gives everything back with a refund', () => {
    expect(named(refundEffects({ balance: 7n, promised: 3n }))['Comes back to you']).toBe(7n);
  });
});

describe('what a closing meets', () => {
  const job = (state: JobView['state'], amount?: bigint): JobView =>
    ({
      ...{ tab: 't', sequence: 1, service: 's', state, maximum: MINA, seen: 0 },
      ...(amount === undefined ? {} : { entry: { note: { receipt: { amount } } } }),
    }) as JobView;

  it('counts what runs, and what is published and not paid', () => {
    const jobs = [
      job('running'),
      job('requested'),
      job('published', 3n),
      job('settled', 9n),
      job('refused'),
    ];
    expect(openWork(jobs)).toEqual({ unfinished: 2, published: 1, unsettled: 3n });
  });
});

describe('an amount that somebody types', () => {
  it('is exact to the ninth decimal', () => {
    expect(readAmount(' 1.000000001 ')).toEqual({ nanomina: 1_000_000_001n });
  });

  it.each(['', '1,5', '-1', '1e3', '0', '0.0000000001', '１'])('is none: %j', (text) => {
    expect(readAmount(text).error).toBeTypeOf('string');
  });

  it('is no more than the wallet can give', () => {
    expect(readAmount('2', 2n * MINA)).toEqual({ nanomina: 2n * MINA });
    expect(readAmount('2.000000001', 2n * MINA).error).toContain('2 MINA at most');
  });
});

describe('a bar', () => {
  it('shows what is little, and nothing of what is nothing', () => {
    expect(shareOf([1n, 0n, 10n ** 18n])).toEqual([8, 0, 999]);
    expect(shareOf([0n, 0n])).toEqual([0, 0]);
  });
});

describe('W1: an address in a line for a shell', () => {
  it('stays as it is where it is plain', () => {
    expect(shellWord('https://git.example/log.git')).toBe('https://git.example/log.git');
  });

  it.each([
    ['https://x/$(id)', `'https://x/$(id)'`],
    [`https://x/';id;'`, `'https://x/'\\'';id;'\\'''`],
    ['https://x/\nid', `'https://x/id'`],
    ['-oProxyCommand=id', `'-oProxyCommand=id'`],
  ])('stays one word: %j', (text, word) => {
    expect(shellWord(text)).toBe(word);
  });
});
