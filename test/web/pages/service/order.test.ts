import 'fake-indexeddb/auto';
import { createRoot } from 'solid-js';
import { describe, expect, it, vi } from 'vitest';
import { PROTOCOL } from '../../../../contracts/formats/protocol.ts';
import type { ServiceReading } from '../../../../requester/service.ts';
import { changesSince } from '../../../../web/pages/service/changed.ts';
import { capFor, openingCost } from '../../../../web/pages/service/cost.ts';
import { type Funding, createFunding } from '../../../../web/pages/service/funding.ts';
import { lastCost } from '../../../../web/pages/service/estimate.ts';
import { keepOrder } from '../../../../web/pages/service/kept-order.ts';
import { type OrderForm, createOrderForm } from '../../../../web/pages/service/order-form.ts';
import { secretsOf } from '../../../../web/pages/service/secrets.ts';
import type { JobView } from '../../../../web/store/jobs.ts';

const MINA = 1_000_000_000n;
const price = { base: MINA / 100n, perSecond: MINA / 4n };

const reading = (
  patch: { epoch?: number; paused?: boolean; payee?: string; runner?: string } = {}
) =>
  ({
    address: 'B62service',
    state: { epoch: patch.epoch ?? 0, paused: patch.paused ?? false },
    descriptor: {
      price: { base: String(price.base), perSecond: String(price.perSecond), token: 'MINA' },
      limits: { seconds: 300 },
    },
    keyset: {
      ...{ payee: patch.payee ?? 'B62payee', runner: patch.runner ?? 'B62runner' },
      ...{ endpoint: 'http://127.0.0.1:1', log: 'http://127.0.0.1:2/log.git' },
    },
  }) as unknown as ServiceReading;

describe('what a run may cost', () => {
  it('is base and seconds, exactly, and never beyond what a tab can hold', () => {
    expect(capFor(price, 60)).toBe(15_010_000_000n);
    expect(capFor(price, 0)).toBe(price.base);
    expect(capFor({ base: 2n ** 60n - 1n, perSecond: 2n ** 36n - 1n }, 1e9)).toBe(2n ** 64n - 1n);
  });

  it('takes the new account and the fee on top', () => {
    const { fee, account, total } = openingCost(2n * MINA);
    expect(account).toBe(PROTOCOL.accountCreationFee);
    expect(total).toBe(2n * MINA + account + fee);
  });
});

describe('what a run is likely to cost', () => {
  it('is what the newest job of the service cost that was charged for', () => {
    const job = (service: string, amount?: bigint) =>
      ({ service, ...(amount === undefined ? {} : { outcome: { amount } }) }) as JobView;
    const jobs = [job('here'), job('else', 9n), job('here', 0n), job('here', 3n), job('here', 4n)];
    expect(lastCost(jobs, 'here')).toBe(3n);
    expect(lastCost(jobs.slice(0, 3), 'here')).toBeUndefined();
  });
});

describe('what it is paid from', () => {
  const fund = (
    { balance, free, cap }: { balance?: bigint; free?: bigint; cap?: bigint },
    then: (funding: Funding) => void
  ): void => {
    const tab = {
      ...{
        tab: 'B62tab',
        state: 'open',
        terms: { service: 'B62service', cap: cap ?? 100n * MINA },
      },
      reading: { free },
    };
    const other = { ...tab, tab: 'B62other', terms: { service: 'B62else', cap: 1n } };
    createRoot((dispose) => {
      then(
        createFunding(
          {
            tabs: { list: () => (free === undefined ? [] : [other, tab]) },
            wallet: { balance: () => balance },
            chain: () => ({ kind: 'ok', slotMilliseconds: 90_000 }),
          } as unknown as Parameters<typeof createFunding>[0],
          () => reading()
        )
      );
      dispose();
    });
  };

  it('is a new tab of just the cap where there is no other', () => {
    fund({ balance: 20n * MINA }, (funding) => {
      expect(funding.source()).toBe('new');
      expect(funding.chosen()).toEqual({
        ...{ kind: 'new', amount: 15_010_000_000n, maximum: 15_010_000_000n, slots: 960 },
      });
      expect(funding.shortage()).toBeUndefined();
    });
  });

  it('is an open tab of this service that covers it', () => {
    fund({ free: 16n * MINA, balance: 0n }, (funding) => {
      expect(funding.tabs().map(({ tab }) => tab)).toEqual(['B62tab']);
      expect(funding.chosen()).toEqual({
        ...{ kind: 'open', tab: 'B62tab', maximum: 15_010_000_000n },
      });
      expect(funding.needsWallet()).toBe(false);
    });
  });

  it('says what is missing in an open tab, or that its cap is lower', () => {
    fund({ free: 15n * MINA, balance: 0n }, (funding) => {
      expect(funding.source()).toBe('new');
      funding.setSource('open');
      expect(funding.tabError()).toMatch(/15 MINA are free, 15\.01 are needed/);
      expect(funding.chosen()).toBeUndefined();
      funding.setSeconds('59');
      expect(funding.tabError()).toBeUndefined();
    });
    fund({ free: 50n * MINA, cap: 10n * MINA }, (funding) => {
      funding.setSource('open');
      expect(funding.tabError()).toMatch(/at most 10 MINA/);
    });
  });

  it('says before any wallet opens what it has, needs and lacks', () => {
    fund({ balance: 16_040_000_000n }, (funding) => {
      expect(funding.shortage()).toMatch(
        /has 16\.04 MINA and needs 16\.05 \(15\.01 for the tab, 1 for its account, about 0\.04 for the fee\)\. Send it 0\.01 MINA more/
      );
    });
    fund({ balance: 16_050_000_000n }, (funding) => expect(funding.shortage()).toBeUndefined());
  });

  it('takes no amount below the cap, and no seconds that are none', () => {
    fund({ balance: 100n * MINA }, (funding) => {
      funding.setAmount('15');
      expect(funding.amountError()).toMatch(/At least 15\.01/);
      expect(funding.chosen()).toBeUndefined();
      funding.setAmount('1e3');
      expect(funding.amountError()).toMatch(/such as 1\.5/);
      funding.setAmount('20');
      expect(funding.amountError()).toBeUndefined();
      for (const text of ['', '0', '-1', '1.5', '99999']) {
        funding.setSeconds(text);
        expect(funding.secondsError()).toBeDefined();
        expect(funding.chosen()).toBeUndefined();
      }
    });
  });
});

describe('a service that changed under somebody’s eyes', () => {
  it('is as it was where nothing did', () => {
    expect(changesSince(reading(), reading())).toEqual([]);
  });

  it.each([
    ['a pause', { paused: true }, /paused/],
    ['other keys', { epoch: 1 }, /epoch 1 now, not 0/],
    ['another payee', { payee: 'B62thief' }, /Payments are received by B62thief/],
    ['another runner (W2)', { runner: 'B62other' }, /Receipts are signed by B62other/],
  ])('says so: %s', (_, patch, sentence) => {
    expect(changesSince(reading(), reading(patch)).join(' ')).toMatch(sentence);
  });
});

describe('secrets', () => {
  it('have names of letters, digits and _, once each', () => {
    expect(
      secretsOf([
        { name: 'A_1', value: 'x' },
        { name: '', value: '' },
      ]).secrets
    ).toEqual({
      A_1: 'x',
    });
    for (const name of ['1A', 'A-B', 'Ä', ''])
      expect(secretsOf([{ name, value: 'x' }])).toMatchObject({
        secrets: undefined,
        errors: [expect.stringMatching(/letters/)],
      });
    expect(
      secretsOf([
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ]).errors
    ).toEqual([undefined, expect.stringMatching(/already/)]);
  });
});

describe('an order form', () => {
  const parameters = {
    ...{ type: 'object' as const, additionalProperties: false, required: ['n'] },
    properties: { n: { type: 'integer' }, m: { type: 'integer' } },
  };

  it('shows no error before somebody typed or ordered, and then all', () => {
    createRoot((dispose) => {
      const form = createOrderForm({ parameters });
      expect(form.errors()).toEqual({});
      form.setValue('/m', 'x');
      expect(Object.keys(form.errors())).toEqual(['/m']);
      expect(form.order()).toBeUndefined();
      expect(Object.keys(form.errors()).sort()).toEqual(['/m', '/n']);
      form.setValue('/m', '');
      form.setValue('/n', '4');
      expect(form.order()).toEqual({ parameters: { n: 4 }, secrets: {} });
      dispose();
    });
  });

  it('orders nothing while a file could not be taken', () => {
    createRoot((dispose) => {
      const form = createOrderForm({ parameters });
      form.setValue('/n', '4');
      form.setFault('/m', 'Too large.');
      expect(form.order()).toBeUndefined();
      expect(form.errors()).toEqual({ '/m': 'Too large.' });
      form.setValue('/m', undefined);
      expect(form.order()).toBeDefined();
      dispose();
    });
  });

  const drawn = {
    type: 'object' as const,
    properties: {
      who: { type: 'string' },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
      fast: { type: 'boolean' },
      token: { type: 'string', writeOnly: true },
      file: { type: 'string', contentMediaType: 'text/plain' },
    },
    additionalProperties: false,
  };

  it('K1: gives out what was typed to be kept, but no secret and no file', () => {
    createRoot((dispose) => {
      const form = createOrderForm({ parameters: drawn });
      expect(form.typed().values).toEqual({});
      form.setValue('/who', 'me');
      form.setValue('/tags', [1]);
      form.setValue('/fast', true);
      form.setValue('/token', 'hunter2');
      form.setValue('/file', { name: 'a', content: 'hunter2' });
      form.setSecrets([{ name: 'KEY', value: 'hunter2' }]);
      expect(form.typed().values).toEqual({ '/who': 'me', '/tags': [1], '/fast': true });
      expect(JSON.stringify(form.typed())).not.toContain('hunter2');
      dispose();
    });
  });

  it('K1: keeps no JSON that may hold a secret', () => {
    const open = {
      type: 'object' as const,
      properties: { s: { type: 'string', writeOnly: true } },
      anyOf: [{}],
    };
    for (const [schema, kept] of [
      [open, ''],
      [{ type: 'object' }, '{"s":"hunter2"}'],
    ] as const)
      createRoot((dispose) => {
        const form = createOrderForm({ parameters: schema });
        expect(form.model.kind).toBe('json');
        form.setText('{"s":"hunter2"}');
        expect(form.typed().text).toBe(kept);
        dispose();
      });
  });

  it('takes back what was kept, and leaves out what does not fit it', () => {
    createRoot((dispose) => {
      const form = createOrderForm({ parameters: drawn });
      form.restore({
        values: { '/who': 'me', '/tags': 'a', '/fast': true, '/token': 'x', '/nobody': 'y' },
        text: '',
      });
      expect(form.order()).toEqual({ parameters: { who: 'me', fast: true }, secrets: {} });
      dispose();
    });
  });
});

describe('an order that is not bought yet', () => {
  const parameters = { type: 'object' as const, properties: { who: { type: 'string' } } };
  const visit = (then: (form: OrderForm, forget: () => void) => Promise<void>): Promise<void> =>
    createRoot(async (dispose) => {
      const form = createOrderForm({ parameters });
      const forget = keepOrder('B62service', form, new EventTarget());
      await Promise.resolve(); // mounted
      await then(form, forget);
      dispose();
    });

  it('is there again on the next visit, until it is bought', async () => {
    await visit(async (form) => {
      form.setValue('/who', 'me');
    });
    await visit(async (form, forget) => {
      await vi.waitUntil(() => form.values()['/who'] === 'me');
      forget();
    });
    await visit(async (form) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(form.values()['/who']).toBe('');
    });
  });
});
