import { randomBytes } from 'node:crypto';
import { Bool, Field, Provable, PublicKey } from 'o1js';
import { describe, expect, it } from 'vitest';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { makeParties, makeTerms } from '../../fixtures/job-fixture.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { executionChain, type Execution as Plain } from '../../../contracts/formats/execution.ts';
import { perfPath, perfRoot, type Counter } from '../../../contracts/formats/perf.ts';
import { keyHash as plainKeyHash, termsCommitment } from '../../../contracts/formats/terms.ts';
import { Digest, Execution } from '../../../contracts/provable/execution.ts';
import { TaskClock } from '../../../contracts/provable/perf.ts';
import { Terms, keyHash } from '../../../contracts/provable/terms.ts';

const parties = makeParties();
const digest = (): Uint8Array => Uint8Array.from(randomBytes(32));
const unsatisfied = 'Constraint unsatisfied';

describe('the commitment to terms in a circuit', () => {
  it('is that of the formats, and moves with every single value', () => {
    const other = makeParties();
    const base = makeTerms(parties);
    const changes: Partial<typeof base>[] = [
      {},
      { network: 'mina:mainnet' },
      { tab: other.tab.publicKey },
      { service: other.service.publicKey },
      { requestKey: other.requester.publicKey },
      { refund: other.refund.publicKey },
      { payee: other.payee.publicKey },
      { price: { base: 0n, perSecond: 250_000_000n } },
      { price: { base: 1_000_000n, perSecond: (1n << 36n) - 1n } },
      { token: Field.ORDER - 1n },
      { cap: (1n << 64n) - 1n },
    ];
    const commitments = changes.map((change) => {
      const terms = { ...base, ...change };
      const commitment = Terms.from(terms).commitment();
      expect(commitment.toBigInt()).toBe(termsCommitment(terms));
      return commitment.toString();
    });
    expect(new Set(commitments).size).toBe(changes.length);
  });

  it('to a key is that of the formats', () => {
    for (const { publicKey } of Object.values(parties) as KeyPair[]) {
      const key = PublicKey.fromBase58(publicKey);
      expect(keyHash(key).toBigInt()).toBe(plainKeyHash(publicKey));
    }
  });
});

const phase = (taskClock: bigint): Plain['phases'][number] => ({
  name: 'test',
  script: digest(),
  exitStatus: 65_535,
  milliseconds: (1n << 48n) - 1n,
  taskClock,
});
const run = (clocks: bigint[]): Plain => ({
  source: digest(),
  input: digest(),
  phases: clocks.map(phase),
  output: digest(),
});
const foldOf = (plain: Plain): ReturnType<Execution['fold']> =>
  Provable.witness(Execution, () => Execution.from(plain)).fold(
    Provable.witness(Digest, () => Digest.fromBytes(plain.input))
  );

describe('the execution chain in a circuit', () => {
  it('is that of the formats for 0 to 4 phases, and adds their task clocks up', async () => {
    const max = (1n << 56n) - 1n;
    for (const clocks of [[], [7n], [1n, 0n], [3n, 5n, max], [max, max, max, max]]) {
      const plain = run(clocks);
      await runAndCheckGates(() => {
        const { chain, taskClock } = foldOf(plain);
        chain.assertEquals(executionChain(plain));
        taskClock.assertEquals(clocks.reduce((sum, clock) => sum + clock, 0n));
      });
    }
  });

  it('C1: has one form of a list of phases: none after an unused place', () => {
    const plain = run([3n, 5n]);
    for (const used of [
      [false, true, false, false],
      [true, false, true, false],
      [true, true, false, true],
    ]) {
      const execution = Execution.from(plain);
      execution.phases.forEach((each, i) => (each.isUsed = Bool(used[i]!)));
      expect(() => execution.fold(Digest.fromBytes(plain.input))).toThrow('follows an unused one');
    }
  });

  it('C1: does not count what stands in an unused place', () => {
    const plain = run([3n]);
    const execution = Execution.from(plain);
    Object.assign(execution.phases[1]!, {
      taskClock: Field(99),
      script: Digest.fromBytes(digest()),
    });
    const { chain, taskClock } = execution.fold(Digest.fromBytes(plain.input));
    expect(chain.toBigInt()).toBe(executionChain(plain));
    expect(taskClock.toBigInt()).toBe(3n);
  });

  it('O1: refuses a part that would run into the next one', async () => {
    const wrong = {
      exitStatus: 1n << 16n,
      milliseconds: 1n << 48n,
      taskClock: 1n << 56n,
    };
    for (const [name, value] of Object.entries(wrong))
      for (const x of [value, Field.ORDER - 1n])
        await expect(
          runAndCheckGates(() => {
            const { phases } = Execution.from(run([1n]));
            Object.assign(phases[0]!, { [name]: Provable.witness(Field, () => Field(x)) });
            phases[0]!.pack();
          }),
          `${name} ${x}`
        ).rejects.toThrow(unsatisfied);
  });
});

describe('the perf root in a circuit', () => {
  const counters = (value: bigint): Counter[] => [
    { name: 'task-clock', unit: 'ns', value },
    { name: 'cycles', unit: 'count', value: undefined },
  ];
  const opened = (value: bigint, profile: Uint8Array): TaskClock =>
    Provable.witness(
      TaskClock,
      () =>
        new TaskClock({
          nanoseconds: Field(value),
          siblings: perfPath(counters(value), profile, 0).map(Field),
        })
    );

  it('is that of the formats', async () => {
    const profile = digest();
    for (const value of [0n, 1_234_567_890n, (1n << 56n) - 1n])
      await runAndCheckGates(() =>
        opened(value, profile)
          .root()
          .assertEquals(perfRoot(counters(value), profile))
      );
  });

  it('C11: holds the counter below 2^56, beyond which an amount could overflow', async () => {
    await expect(runAndCheckGates(() => void opened(1n << 56n, digest()).root())).rejects.toThrow(
      unsatisfied
    );
  });
});
