import fc from 'fast-check';
import { UInt32, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { accountUpdate } from '../../../contracts/chain/command.ts';
import { closingCommitment, extensionCommitment } from '../../../contracts/formats/order.ts';
import type { TabState } from '../../../contracts/formats/tab-state.ts';
import type { Terms as Plain } from '../../../contracts/formats/terms.ts';
import type { JobLogProof } from '../../../contracts/programs/job-log.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import { Tab } from '../../../contracts/zkapps/tab.ts';
import { makeNote } from '../../fixtures/job-fixture.ts';
import { MINA, Market, claimOf, dummyProofOf, key, signatureOver, stateOf } from './escrow.ts';

/** What a tab has to be after each step, and the proofs that were settled on it. */
class Model {
  sequence = 0;
  slot = 0;
  /** Nanomina by place; their sum only changes by funding. */
  readonly held: { tab: bigint; payee: bigint; refund: bigint };
  readonly settled: JobLogProof[] = [];
  /** Number of each job that was paid. */
  readonly paid: number[] = [];

  constructor(
    readonly market: Market,
    readonly terms: Plain,
    public state: TabState
  ) {
    this.held = this.balances();
  }

  balances(): { tab: bigint; payee: bigint; refund: bigint } {
    const { tab, payee, refund } = this.terms;
    const of = (account: string): bigint => this.market.balanceOf(account);
    return { tab: of(tab), payee: of(payee), refund: of(refund) };
  }

  get isOpen(): boolean {
    return this.state.expiry !== 0 && this.slot <= this.state.expiry;
  }

  move(amount: bigint, to: 'payee' | 'refund'): void {
    this.held.tab -= amount;
    this.held[to] += amount;
  }
}

type Step = readonly [name: keyof typeof STEPS, size: number];

/** Each tries something and tells whether the chain has to take it; then it is in the model. */
const STEPS = {
  async settle(model: Model, size: number) {
    const { market, terms } = model;
    const notes = Array.from({ length: 1 + (size % 2) }, () =>
      makeNote(market.us, terms, {
        sequence: ++model.sequence,
        phases: 1,
        taskClock: BigInt(size) * 10n ** 9n,
      })
    );
    const { claim, after, total } = claimOf(terms, model.state, notes);
    const proof = await dummyProofOf(claim);
    const isDue = model.isOpen && total <= model.held.tab;
    return {
      isDue,
      body: () => new Tab(key(terms.tab)).settle(proof, Terms.from(terms)),
      done() {
        model.state = after;
        model.move(total, 'payee');
        model.settled.push(proof);
        model.paid.push(...notes.map(({ receipt }) => receipt.sequence));
      },
    };
  },
  settleAgain({ settled, terms }: Model, size: number) {
    const proof = settled[size % settled.length];
    if (proof === undefined) return undefined;
    return {
      isDue: false,
      body: () => new Tab(key(terms.tab)).settle(proof, Terms.from(terms)),
    };
  },
  refund(model: Model, size: number) {
    const amount = BigInt(size) * (MINA / 8n);
    const { terms, held } = model;
    return {
      isDue: model.slot > model.state.expiry && amount <= held.tab,
      body: () => new Tab(key(terms.tab)).refund(Terms.from(terms), UInt64.from(amount)),
      done: () => model.move(amount, 'refund'),
    };
  },
  extend(model: Model, size: number) {
    const { terms, state, market } = model;
    const expiry = state.expiry + size - 2;
    if (expiry < 0) return undefined;
    const signature = signatureOver(extensionCommitment({ terms, expiry }), market.us.requester);
    return {
      isDue: model.isOpen && expiry > state.expiry,
      body: () => new Tab(key(terms.tab)).extend(Terms.from(terms), UInt32.from(expiry), signature),
      done: () => (model.state = { ...state, expiry }),
    };
  },
  close(model: Model, size: number) {
    const { terms, state, market, held } = model;
    const amount = BigInt(size) * (MINA / 8n);
    const { requester, runner } = market.us;
    const commitment = closingCommitment({ terms, head: state.head });
    const [byRequester, byRunner] = [requester, runner].map((who) =>
      signatureOver(commitment, who)
    ) as [ReturnType<typeof signatureOver>, ReturnType<typeof signatureOver>];
    return {
      isDue: amount <= held.tab,
      body: () =>
        new Tab(key(terms.tab)).close(
          Terms.from(terms),
          UInt64.from(amount),
          byRequester,
          key(runner.publicKey),
          byRunner
        ),
      done() {
        model.state = { ...state, expiry: 0 };
        model.move(amount, 'refund');
      },
    };
  },
  fund(model: Model, size: number) {
    const amount = BigInt(size) * (MINA / 16n) + 1n;
    const top = accountUpdate(model.terms.tab, { authorization: 'none', balanceChange: amount });
    model.market.submitUpdates([model.market.payment(amount), top]);
    model.held.tab += amount;
    return undefined;
  },
  advance(model: Model, size: number) {
    model.slot += size;
    model.market.chain.setGlobalSlot(model.slot);
    return undefined;
  },
} satisfies Record<
  string,
  (model: Model, size: number) => Promise<Attempt | undefined> | Attempt | undefined
>;

interface Attempt {
  readonly isDue: boolean;
  readonly body: () => Promise<void>;
  readonly done?: () => void;
}

const take = async (model: Model, [name, size]: Step): Promise<void> => {
  const attempt: Attempt | undefined = await STEPS[name](model, size);
  if (attempt !== undefined) {
    const result = model.market.transact(attempt.body);
    if (attempt.isDue) {
      await result;
      attempt.done!();
    } else await expect(result, `${name} ${size}`).rejects.toThrow();
  }
  expect(stateOf(model.market.chain, model.terms.tab), name).toEqual(model.state);
  expect(model.balances(), name).toEqual(model.held);
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...(['settle', 'settle', 'settleAgain', 'refund', 'extend', 'close', 'fund'] as const),
      ...(['advance', 'advance'] as const)
    ),
    fc.integer({ min: 0, max: 7 })
  ),
  { minLength: 6, maxLength: 10 }
);

describe('C5: a tab under any sequence of steps', () => {
  it('does what the model says: funds are conserved and each job is paid at most once', async () => {
    const market = await Market.create();
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        market.chain.setGlobalSlot(0);
        const terms = market.open({}, { expiry: 6, amount: MINA });
        const model = new Model(market, terms, stateOf(market.chain, terms.tab));
        const { payee } = model.held;
        for (const step of sequence) await take(model, step);
        expect(new Set(model.paid).size).toBe(model.paid.length);
        expect(model.held.payee - payee).toBe(model.state.spent);
      }),
      { numRuns: 5, endOnFailure: true }
    );
  });
});
