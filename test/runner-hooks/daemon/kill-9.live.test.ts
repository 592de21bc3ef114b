import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { CID } from 'multiformats/cid';
import { afterEach, describe, expect, it } from 'vitest';
import { equalBytes } from '../../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { encodeNote, parseNote } from '../../../contracts/formats/note.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import type { Parts } from '../../../runner-hooks/daemon/context.ts';
import type { NotedCommit } from '../../../runner-hooks/daemon/note-log.ts';
import { openJournal } from '../../../runner-hooks/journal/journal.ts';
import { MINA, World } from './world.ts';

let world: World;
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  world.remove();
});

/** What the child asks for, done in the world that outlives it. */
function effects(
  parts: Omit<Parts, 'journal'>
): Record<string, (...values: never[]) => Promise<unknown>> {
  const { chain, settler, driver } = parts;
  const sent = { onTransaction: () => undefined };
  const perform =
    (kind: 'settle' | 'extend' | 'refund') =>
    async (order: never, transaction: string): Promise<object> => {
      world.transactions.pop();
      return { ...(await settler[kind](order, sent)), transaction };
    };
  return {
    network: () => chain.network({}),
    slot: () => chain.slot({}),
    service: (address: string) => chain.service(address, {}),
    tab: (terms: never) => chain.tab(terms, {}),
    isTab: (address: string) => chain.isTab(address, {}),
    canReceive: (address: string) => chain.canReceive(address, {}),
    inbox: (address: string, cursor: string | undefined, options: { maximum: number }) =>
      chain.inbox(address, cursor, options),
    get: (cid: string) => parts.content.get(CID.parse(cid), {}),
    put: async (cid: string, bytes: Uint8Array) => void world.blocks.set(cid, bytes),
    noted: async (tab: string, receipt: Uint8Array) =>
      travelling(
        world.logs
          .get(tab)
          ?.find(({ note }) => equalBytes(sha256(encodeReceipt(note.receipt)), receipt))
      ),
    previous: async (tab: string) => {
      const last = world.logs.get(tab)?.at(-1);
      return last && rawCidOf(sha256(encodeNote(last.note))).toString();
    },
    append: async (tab: string, receipt: Uint8Array, bytes: Uint8Array) =>
      travelling(await parts.log.append({ tab, receipt, build: () => parseNote(bytes) }, {})),
    transaction: async (kind: string) => `${kind}-${world.transactions.push(kind)}`,
    settle: perform('settle'),
    extend: perform('extend'),
    refund: perform('refund'),
    run: async (request: never, settings: never) =>
      // Functions stay behind.
      ({ ...(await driver(request, settings)), discard: undefined }),
  };
}

/** Serves one child until it asks for `fatal`, which it is killed at, or until it ends by itself. */
async function live(fatal: string | undefined, when: 'before' | 'after'): Promise<void> {
  const process = fork(
    join(import.meta.dirname, 'child.ts'),
    [join(world.folder, 'real'), world.runner, world.service, world.identities.get(3)!],
    { execArgv: ['--import', 'tsx'], serialization: 'advanced' }
  );
  child = process;
  const perform = effects(world.parts(undefined as never));
  const gone = once(process, 'exit');
  const kill = (): void => void process.kill('SIGKILL');
  process.on('message', (message: { id: number; effect: string; values: never[] }) => {
    void (async () => {
      const { id, effect, values } = message;
      if (effect === fatal && when === 'before') {
        kill();
        return;
      }
      const answer = await perform[effect]!(...values).then(
        (result) => ({ id, result }),
        (error: unknown) => ({ id, error: String(error) })
      );
      if (effect === fatal) {
        kill();
        return;
      }
      if (process.connected) process.send(answer, () => undefined);
    })();
  });
  await gone;
}

/** CIDs don't go over IPC, bytes do. */
const travelling = (commit: NotedCommit | undefined): object | undefined =>
  commit && { id: commit.id, parent: commit.parent, bytes: encodeNote(commit.note) };

describe('kill -9', () => {
  it('R3: of a real process with a real journal, in the middle of any effect, costs nothing', async () => {
    world = new World();
    const alice = world.openTab(20n * MINA);
    await alice.ring(1);
    await alice.ring(2);
    await live('run', 'before');
    await live('append', 'after');
    await live('settle', 'after');
    await live(undefined, 'after');
    expect(world.noted(alice.tab).sort()).toEqual([1, 2]);
    expect(world.payments.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
    expect(world.tabs.get(alice.tab)!.balance).toBe(20n * MINA - 3n * MINA);
    const journal = openJournal(join(world.folder, 'real', 'journal'), world.runner, {
      locks: join(world.folder, 'real', 'locks'),
    });
    expect(journal.jobs.count('settled')).toBe(2);
    journal.close();
  });
});
