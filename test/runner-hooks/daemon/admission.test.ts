import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { formatKey, parseKey } from '../../../contracts/formats/key.ts';
import type { TabState } from '../../../contracts/formats/tab-state.ts';
import type { RefusalCode } from '../../../runner-hooks/daemon/error.ts';
import { until } from './until.ts';
import { MINA, Requester, type Running, World } from './world.ts';

let world: World;
let running: Running | undefined;
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  world.remove();
});

/** The codes of all refusals, once every request was decided on. */
async function decisions(): Promise<(RefusalCode | 'accepted')[]> {
  running ??= world.start();
  const { journal } = running;
  await until(
    () =>
      world.events.some(({ kind }) => kind === 'inbox') &&
      journal.jobs.count('seen', 'fetched') === 0,
    'all decided'
  );
  return [
    ...journal.jobs.in('refused').map(({ refusal }) => refusal as RefusalCode),
    ...journal.jobs
      .in('accepted', 'running', 'ran', 'published', 'noted', 'settling', 'settled')
      .map(() => 'accepted' as const),
  ];
}

/** A key of the other parity: on the curve, and nobody's here. */
const twin = (key: string): string => formatKey({ ...parseKey(key), isOdd: !parseKey(key).isOdd });

const CASES: [name: string, code: RefusalCode, ring: (alice: Requester) => Promise<unknown>][] = [
  [
    'whose block is not a request',
    'FORMAT',
    async (alice) => world.ring('request', alice.tab, world.keep(new Uint8Array(500))),
  ],
  [
    'whose block nobody has',
    'UNAVAILABLE',
    async (alice) => world.ring('request', alice.tab, new Uint8Array(32)),
  ],
  [
    'rung for under another tab',
    'MISMATCH',
    async (alice) => {
      const { block, digest } = await alice.request(1);
      world.keep(block);
      world.ring('request', world.openTab(MINA).tab, digest);
    },
  ],
  [
    'for a service that is not ours',
    'MISMATCH',
    async () => world.openTab(20n * MINA, { service: twin(world.service) }).ring(1),
  ],
  [
    'while the service is paused',
    'PAUSED',
    async (alice) => {
      world.paused = true;
      await alice.ring(1);
    },
  ],
  [
    'of a tab at another price',
    'PRICE',
    async () => world.openTab(20n * MINA, { price: { base: 0n, perSecond: 0n } }).ring(1),
  ],
  [
    'of a tab in another token',
    'TOKEN',
    async () => world.openTab(20n * MINA, { token: 5n }).ring(1),
  ],
  [
    'of a tab that is not there',
    'NO_TAB',
    async (alice) => {
      world.tabs.delete(alice.tab);
      await alice.ring(1);
    },
  ],
  [
    'of another network',
    'NETWORK',
    async () => world.openTab(20n * MINA, { network: 'mina:other' }).ring(1),
  ],
  [
    'signed by somebody else',
    'SIGNATURE',
    async (alice) => {
      const { block, envelope } = await alice.request(1);
      block[block.length - 1]! ^= 1;
      world.keep(envelope);
      world.ring('request', alice.tab, world.keep(block));
    },
  ],
  ['that is outdated', 'OUTDATED', (alice) => alice.ring(1, { validUntil: 999 })],
  ['past the window', 'SEQUENCE', (alice) => alice.ring(65).then(() => alice.ring(1))],
  ['numbered 0', 'SEQUENCE', (alice) => alice.ring(0, {}, { sequence: 1 })],
  ['above the cap', 'CAP', (alice) => alice.ring(1, { maximum: 101n * MINA })],
  ['that the tab cannot pay', 'FUNDS', (alice) => alice.ring(1, { maximum: 20n * MINA + 1n })],
  [
    'of a tab that ends too early',
    'EXPIRY',
    async () => world.openTab(20n * MINA, { expiry: 1_020 }).ring(1),
  ],
  [
    'of a tab that pays somebody else',
    'PAYEE',
    async () => world.openTab(20n * MINA, { payee: twin(world.payee) }).ring(1),
  ],
  [
    'K3: whose envelope was sealed for another number',
    'MOVED',
    (alice) => alice.ring(1, {}, { sequence: 2 }),
  ],
  [
    'with parameters that the service does not take',
    'PARAMETERS',
    (alice) => alice.ring(1, {}, { parameters: { n: 'many' } }),
  ],
  [
    'whose envelope was damaged',
    'ENVELOPE',
    async (alice) => {
      const { envelope } = await alice.request(1, {}, { secrets: {} });
      const other = envelope.slice();
      other[other.length - 1]! ^= 1;
      world.keep(other);
      const { block, digest } = alice.requestWith(1, other);
      world.keep(block);
      world.ring('request', alice.tab, digest);
    },
  ],
];

describe('a request', () => {
  for (const [name, code, ring] of CASES)
    it(
      `${/^[A-Z]\d+:/.exec(name)?.[0] ?? ''} is refused ${name.replace(/^[A-Z]\d+: /, '')}`.trim(),
      async () => {
        await ring(world.openTab(20n * MINA));
        const codes = await decisions();
        expect(codes).toContain(code);
        expect(codes.filter((decision) => decision !== 'accepted')).toHaveLength(1);
        const refused = running!.journal.jobs.in('refused')[0]!;
        expect(running!.journal.blocks.ofJob(refused.id)).toEqual([]);
      }
    );

  it('C4: is refused for a tab that is a look-alike', async () => {
    const alice = world.openTab(20n * MINA);
    world.tabs.get(alice.tab)!.genuine = false;
    await alice.ring(1);
    expect(await decisions()).toEqual(['TAB']);
    expect(world.runs.size).toBe(0);
  });

  it('C4: is refused for a tab whose first state leaves nothing to settle', async () => {
    const changes: Partial<TabState>[] = [
      { head: 'ab'.repeat(20) },
      { window: { top: 90, map: 1n } },
      { log: 1n },
      { spent: 1n },
    ];
    for (const change of changes) {
      const { tab } = world.openTab(20n * MINA);
      const model = world.tabs.get(tab)!;
      model.state = { ...model.state, ...change };
      await new Requester(world, model.terms).ring(50);
    }
    expect(await decisions()).toEqual(changes.map(() => 'TAB'));
    expect(world.runs.size).toBe(0);
  });

  it('leaves a forge the time that a run may wait for its runner', async () => {
    world.remove();
    const job = { workflow: 'ci.yml', ref: 'refs/heads/main', outputs: [] };
    const sold = { driver: 'github', job } as unknown as ConstructorParameters<typeof World>[0];
    world = new World(sold);
    // 60 s of its own and 900 s of waiting in slots of 180 s, and 20 slots for the settlement.
    await world.openTab(20n * MINA, { expiry: 1_025 }).ring(1);
    await world.openTab(20n * MINA, { expiry: 1_026 }).ring(1);
    expect(await decisions()).toEqual(['EXPIRY', 'accepted']);
  });

  it('C9: is refused while the payee has no account, before anything runs', async () => {
    world.payeeExists = false;
    await world.openTab(20n * MINA).ring(1);
    expect(await decisions()).toEqual(['PAYEE_ACCOUNT']);
    expect(world.runs.size).toBe(0);
  });

  it('K2: is refused when it was sealed in another epoch', async () => {
    const alice = world.openTab(20n * MINA);
    await alice.ring(1);
    await world.rotate();
    expect(await decisions()).toEqual(['ENVELOPE']);
  });

  it('K3: moved to a rival’s tab gives the rival nothing', async () => {
    const alice = world.openTab(20n * MINA);
    const mallory = world.openTab(20n * MINA);
    const { envelope } = await alice.request(1, {}, { secrets: { TOKEN: 'the secret of alice' } });
    const stolen = mallory.requestWith(1, envelope);
    world.keep(stolen.block);
    world.keep(envelope);
    world.ring('request', mallory.tab, stolen.digest);
    expect(await decisions()).toEqual(['MOVED']);
    expect(world.runs.size).toBe(0);
  });

  it('of a taken number is refused: the first one wins', async () => {
    const alice = world.openTab(20n * MINA);
    await alice.ring(1);
    await alice.ring(1, { maximum: 2n * MINA });
    expect(await decisions()).toEqual(['SEQUENCE', 'accepted']);
  });

  it('counts what is promised already, and is taken when rung again with funds', async () => {
    const alice = world.openTab(5n * MINA);
    world.job = () => new Promise(() => undefined);
    await alice.ring(1);
    const second = await alice.ring(2);
    expect(await decisions()).toEqual(['FUNDS', 'accepted']);
    world.tabs.get(alice.tab)!.balance = 6n * MINA;
    world.ring('request', alice.tab, Buffer.from(second, 'hex'));
    await until(() => running!.journal.jobs.withDigest(second)[0]!.state === 'accepted', 'taken');
    running!.abort();
    running = undefined;
  });

  it('waits while no node answers, and is decided on later', async () => {
    world.reachable = false;
    await world.openTab(20n * MINA).ring(1);
    running = world.start();
    await until(() => world.events.some(({ kind }) => kind === 'retry'), 'a retry');
    world.reachable = true;
    await until(() => running!.journal.jobs.count('settled') === 1, 'settled');
  });

  it('waits for blocks that come later than its ring, and only for so long', async () => {
    const alice = world.openTab(20n * MINA);
    const { block, envelope, digest } = await alice.request(1);
    world.ring('request', alice.tab, digest);
    world.ring('request', alice.tab, new Uint8Array(32));
    running = world.start({ arrival: 300 });
    await until(() => world.events.some(({ kind }) => kind === 'retry'), 'a retry');
    world.keep(block);
    world.keep(envelope);
    await until(() => running!.journal.jobs.count('settled') === 1, 'settled');
    await until(() => running!.journal.jobs.count('refused') === 1, 'refused');
    expect(running.journal.jobs.in('refused')[0]!.refusal).toBe('UNAVAILABLE');
  });

  it('C10: whose blocks never come delays no other, of its tab or another', async () => {
    const known = world.openTab(20n * MINA);
    await known.ring(1);
    running = world.start({ arrival: 3_600_000, intake: 1 });
    await until(() => running!.journal.jobs.count('settled') === 1, 'settled');
    for (let i = 0; i < 20; i++) world.ring('request', known.tab, new Uint8Array(32).fill(i));
    await known.ring(2);
    await world.openTab(20n * MINA).ring(1);
    await until(() => running!.journal.jobs.count('settled') === 3, 'all that can be had');
    expect(running.journal.jobs.count('refused')).toBe(0);
  });

  it('C10: costs no fetch where there is no tab', async () => {
    const alice = world.openTab(20n * MINA);
    for (let i = 0; i < 30; i++) world.ring('request', twin(alice.tab), new Uint8Array(32).fill(i));
    world.inbox.push(undefined);
    await alice.ring(1);
    const codes = await decisions();
    expect(codes.filter((code) => code === 'NO_TAB')).toHaveLength(30);
    expect(codes.at(-1)).toBe('accepted');
  });

  it('that came too close to the tab’s end while it waited gets a receipt, free of charge', async () => {
    const alice = world.openTab(20n * MINA, { expiry: 1_040 });
    world.job = async () => {
      world.slot = 1_030;
      return {};
    };
    await alice.ring(1);
    await alice.ring(2);
    running = world.start({ margin: 15 });
    await until(() => running!.journal.jobs.count('settled') === 2, 'both settled');
    const notes = world.logs.get(alice.tab)!.map(({ note }) => note);
    expect(notes.map(({ exitStatus }) => exitStatus)).toEqual([0, EXIT.refused]);
    expect(notes[1]!.receipt.amount).toBe(0n);
    expect([...world.runs.values()]).toEqual([1]);
  });

  it('that never ends well is given up after its attempts, with a receipt', async () => {
    const alice = world.openTab(20n * MINA);
    world.job = () => Promise.reject(new Error('perf is not there'));
    await alice.ring(1);
    running = world.start({ attempts: 2 });
    await until(() => running!.journal.jobs.count('settled') === 1, 'settled');
    const [entry] = world.logs.get(alice.tab)!;
    expect(entry!.note.exitStatus).toBe(EXIT.refused);
    expect(entry!.note.receipt.amount).toBe(0n);
    expect([...world.runs.values()]).toEqual([2]);
  });
});
