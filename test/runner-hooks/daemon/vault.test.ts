import { sha256 } from '@noble/hashes/sha2.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import type { Credential } from '../../../contracts/formats/credential.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { formatKey, parseKey } from '../../../contracts/formats/key.ts';
import { encodeKeyset } from '../../../contracts/formats/keyset.ts';
import { sealCredential } from '../../../contracts/formats/vault.ts';
import { openTriggerToken } from '../../../runner-hooks/daemon/vault.ts';
import { until } from './until.ts';
import { MINA, NETWORK, type Requester, type Running, World } from './world.ts';

let world: World;
let running: Running | undefined;
let alice: Requester;
beforeEach(() => {
  world = new World();
  alice = world.openTab(20n * MINA);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  world.remove();
});

const SECRET = 'the token of alice';
const twin = (key: string): string => formatKey({ ...parseKey(key), isOdd: !parseKey(key).isOdd });

/** Seals a secret to the service's keys and publishes the block. @returns the block's digest */
async function put(
  change: Partial<Credential> = {},
  { secret = SECRET, epoch = world.keyset.epoch, blinding = 5n } = {}
): Promise<{ digest: string; block: Uint8Array }> {
  const { service, tab } = alice.terms;
  const credential: Credential = {
    ...{ network: NETWORK, service, tab, purpose: 'job', host: 'registry.example' },
    ...{ scopes: ['read'], expiry: 1_100, ...change },
  };
  const { recipients } = world.keyset;
  const { block } = await sealCredential({ credential, secret, blinding }, { recipients, epoch });
  return { digest: toHex(world.keep(block)), block };
}

/** Rings for a job that is given this block, and tells what is decided. */
async function outcome(vault: Record<string, string>, secrets = {}): Promise<string> {
  const digest = await alice.ring(1, {}, { vault, secrets });
  running ??= world.start();
  const { journal } = running;
  const job = () => journal.jobs.withDigest(digest)[0];
  await until(() => ['refused', 'settled'].includes(job()?.state ?? ''), `decided: ${digest}`);
  return job()!.refusal ?? job()!.state;
}

describe('a secret of the vault', () => {
  it('reaches the job beside the envelope’s own, and stands in the note', async () => {
    let seen: unknown;
    world.job = async ({ secrets }) => {
      seen = secrets;
      return {};
    };
    const { digest } = await put();
    const vault = { TOKEN: digest, AGAIN: digest };
    expect(await outcome(vault, { OWN: 'the own one' })).toBe('settled');
    expect(seen).toEqual({ OWN: 'the own one', TOKEN: SECRET, AGAIN: SECRET });
    const [commit] = world.logs.get(alice.tab)!;
    expect(commit!.note.credentials).toEqual([digest]);
  });

  it('K1: is scrubbed from what the job prints and publishes', async () => {
    world.job = async () => ({ files: { 'out.txt': `curl -H ${SECRET}\n` } });
    const { digest } = await put();
    expect(await outcome({ TOKEN: digest })).toBe('settled');
    for (const bytes of world.blocks.values())
      expect(Buffer.from(bytes).includes(SECRET)).toBe(false);
  });

  for (const [name, change] of [
    ['another tab', () => ({ tab: twin(alice.tab) })],
    ['no tab', () => ({ tab: null })],
    ['another service', () => ({ service: twin(alice.terms.service) })],
    ['another network', () => ({ network: 'mina:other' })],
    ['another purpose', () => ({ purpose: 'trigger' as const })],
  ] as const)
    it(`K3: is refused where it is bound to ${name}, and nothing runs`, async () => {
      const { digest } = await put(change());
      expect(await outcome({ TOKEN: digest })).toBe('CREDENTIAL');
      expect(world.runs.size).toBe(0);
    });

  it('K3: is refused where it opens to something else than was committed', async () => {
    const [mine, other] = [await put(), await put({}, { secret: 'another', blinding: 6n })];
    const entry = JSON.parse(Buffer.from(mine.block).toString()) as { commitment: string };
    const { commitment } = JSON.parse(Buffer.from(other.block).toString()) as typeof entry;
    const swapped = toHex(world.keep(encodeJson({ ...entry, commitment })));
    expect(await outcome({ TOKEN: swapped })).toBe('CREDENTIAL');
  });

  it('K3: is refused where a host serves another block in its place', async () => {
    const [mine, other] = [await put(), await put({ scopes: [] })];
    world.blocks.set(String(rawCidOf(Buffer.from(mine.digest, 'hex'))), other.block);
    expect(await outcome({ TOKEN: mine.digest })).toBe('CREDENTIAL');
  });

  it('K2: is refused where it says another epoch, or is sealed to its keys', async () => {
    const { digest } = await put({}, { epoch: 2 });
    expect(await outcome({ TOKEN: digest })).toBe('CREDENTIAL');
    const old = await put();
    await world.rotate();
    const relabelled = await put();
    const sealedBefore = JSON.parse(Buffer.from(old.block).toString()) as object;
    const { epoch } = JSON.parse(Buffer.from(relabelled.block).toString()) as { epoch: number };
    const moved = toHex(world.keep(encodeJson({ ...sealedBefore, epoch })));
    alice = world.openTab(20n * MINA);
    expect(await outcome({ TOKEN: moved })).toBe('CREDENTIAL');
    expect(world.runs.size).toBe(0);
  });

  it('is refused once it has expired, and not at its last slot', async () => {
    const { digest } = await put({ expiry: 999 });
    expect(await outcome({ TOKEN: digest })).toBe('CREDENTIAL');
    alice = world.openTab(20n * MINA);
    expect(await outcome({ TOKEN: (await put({ expiry: 1_000 })).digest })).toBe('settled');
  });

  it('is refused under a name that the envelope uses itself, and where it is no entry', async () => {
    const { digest } = await put();
    expect(await outcome({ TOKEN: digest }, { TOKEN: 'x' })).toBe('CREDENTIAL');
    alice = world.openTab(20n * MINA);
    const junk = toHex(world.keep(new Uint8Array(500)));
    expect(await outcome({ TOKEN: junk })).toBe('CREDENTIAL');
    alice = world.openTab(20n * MINA);
    expect(await outcome({ TOKEN: toHex(sha256(new Uint8Array(9))) })).toBe('UNAVAILABLE');
  });
});

describe('a service’s trigger token', () => {
  const at = { epoch: 3, slot: 1_000 };
  const trigger = { tab: null, purpose: 'trigger' as const, host: 'forge.example' };
  const open = async (
    change: Partial<Credential> = {},
    { host = 'forge.example', ...when }: { host?: string; epoch?: number; slot?: number } = {}
  ): Promise<string> => {
    const { block } = await put({ ...trigger, ...change });
    const { service } = alice.terms;
    const identities = [world.identities.get(3)!];
    return openTriggerToken(
      block,
      { network: NETWORK, service, host },
      { ...at, ...when, identities }
    );
  };

  it('opens for its service and host', async () => {
    expect(await open()).toBe(SECRET);
  });

  it('K3: opens for nothing else, nor out of its time', async () => {
    for (const attempt of [
      () => open({ service: twin(alice.terms.service) }),
      () => open({ tab: alice.tab }),
      () => open({ purpose: 'job' }),
      () => open({}, { host: 'elsewhere.example' }),
      () => open({ host: null }),
      () => open({}, { epoch: 4 }),
      () => open({}, { slot: 1_101 }),
    ])
      await expect(attempt()).rejects.toMatchObject({ name: 'DaemonError', code: 'CREDENTIAL' });
    await expect(open({}, { slot: 1_100 })).resolves.toBe(SECRET);
  });
});

describe('the keys of an epoch', () => {
  /** Until the daemon has looked once more at which keys it still needs. */
  const looked = (): Promise<void> => {
    const enough = world.looks + 4;
    return until(() => world.looks >= enough, 'looked');
  };

  it('K2: past their last slot open nothing any more', async () => {
    world.keyset = { ...world.keyset, until: 999 };
    world.keep(encodeKeyset(world.keyset));
    expect(await outcome({ TOKEN: (await put()).digest })).toBe('ENVELOPE');
    world.keyset = { ...world.keyset, until: 1_000 };
    world.keep(encodeKeyset(world.keyset));
    alice = world.openTab(20n * MINA);
    expect(await outcome({ TOKEN: (await put()).digest })).toBe('settled');
  });

  it('K2: are destroyed after the last job that was accepted with them, and no earlier', async () => {
    const gate: (() => void)[] = [];
    world.job = async () => {
      await new Promise<void>((resolve) => gate.push(resolve));
      return {};
    };
    await alice.ring(1, {}, { vault: { TOKEN: (await put()).digest } });
    await alice.ring(2);
    running = world.start({ keyCheck: 0, finality: 0 });
    const { journal } = running;
    await until(
      () => journal.jobs.in('accepted', 'running').length === 2 && gate.length === 1,
      'both'
    );
    await world.rotate();
    await looked();
    expect([...world.identities.keys()]).toEqual([3, 4]);

    gate.shift()!();
    // The second was accepted before the rotation: it opens with the old keys, and runs.
    await until(() => gate.length === 1, 'the second runs');
    await looked();
    expect([...world.identities.keys()]).toEqual([3, 4]);
    gate.shift()!();
    await until(() => !world.identities.has(3), 'destroyed');
    expect(world.events.filter(({ kind }) => kind === 'keys-destroyed')).toEqual([
      { kind: 'keys-destroyed', epoch: 3, services: [world.service] },
    ]);
    await until(() => journal.jobs.count('settled') === 2, 'both settled');
    expect(world.identities.has(4)).toBe(true);
  });

  it('outlive a rotation for as long as a reorganisation could take it back', async () => {
    let now = 1_700_000_000_000;
    await world.rotate();
    running = world.start({ keyCheck: 0, finality: 10_000 }, { now: () => now });
    await looked();
    now += 9_999;
    await looked();
    expect(world.identities.has(3)).toBe(true);
    now += 1;
    await until(() => !world.identities.has(3), 'destroyed');
  });
});
