import { CID } from 'multiformats/cid';
import { join } from 'node:path';
import { encodeNote, parseNote } from '../../../contracts/formats/note.ts';
import { digestOf, publishDirectory } from '../../../ipfs/publish.ts';
import type { Parts } from '../../../runner-hooks/daemon/context.ts';
import { Daemon } from '../../../runner-hooks/daemon/daemon.ts';
import type { SettlerOptions } from '../../../runner-hooks/daemon/settler.ts';
import { openJournal } from '../../../runner-hooks/journal/journal.ts';
import { signatureBy, verify } from './signing.ts';

/**
 * A daemon in a process of its own, with a real journal on a real disk. The world lives in its
 * parent, which answers each effect over IPC, or kills this process instead.
 */
const [folder, runner, service, identity] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];

type Answer = { id: number; result?: unknown; error?: string };
/** A commit of the log, with its note as it goes over IPC. */
type Commit = { id: string; parent: string; bytes: Uint8Array };
const waiting = new Map<number, { resolve: (result: never) => void; reject: (e: Error) => void }>();
process.on('message', ({ id, result, error }: Answer) => {
  const call = waiting.get(id)!;
  waiting.delete(id);
  if (error === undefined) call.resolve(result as never);
  else call.reject(new Error(error));
});
let calls = 0;
const ask = <R>(effect: string, ...values: unknown[]): Promise<R> =>
  new Promise((resolve, reject) => {
    const id = calls++;
    waiting.set(id, { resolve, reject });
    process.send!({ id, effect, values });
  });
const put = (cid: CID, bytes: Uint8Array): Promise<void> => ask('put', cid.toString(), bytes);
const settling =
  (kind: string) =>
  async (order: object, ...rest: unknown[]) => {
    const { onTransaction } = rest.at(-1) as SettlerOptions;
    const transaction = await ask<string>('transaction', kind);
    onTransaction(transaction);
    return ask<never>(kind, order, transaction);
  };

/** It stops by itself once both jobs are settled. */
const done = new AbortController();
const journal = openJournal(join(folder, 'journal'), runner, { locks: join(folder, 'locks') });
const parts: Parts = {
  journal,
  onEvent: ({ kind }) => {
    if (kind === 'settled' && journal.jobs.count('settled') === 2) done.abort();
  },
  folder: join(folder, 'work'),
  verify,
  key: { publicKey: runner, sign: (commitment) => signatureBy(runner, commitment) },
  identities: () => [identity],
  chain: {
    network: () => ask('network'),
    slot: () => ask('slot'),
    service: (address) => ask('service', address),
    tab: (terms) => ask('tab', terms),
    isTab: (address) => ask('isTab', address),
    canReceive: (address) => ask('canReceive', address),
    inbox: (address, cursor, { maximum }) => ask('inbox', address, cursor, { maximum }),
  },
  content: {
    get: (cid) => ask('get', cid.toString()),
    put,
    publish: async (path) => (await publishDirectory(path, { put })).cid,
    rootOf: async (path) => (await digestOf(path)).cid,
  },
  log: {
    append: async ({ tab, receipt, build }) => {
      let commit = await ask<Commit | undefined>('noted', tab, receipt);
      if (commit === undefined) {
        const previous = await ask<string | undefined>('previous', tab);
        const note = build(previous === undefined ? null : CID.parse(previous));
        commit = await ask<Commit>('append', tab, receipt, encodeNote(note));
      }
      const { id, parent, bytes } = commit;
      return { id, parent, note: parseNote(bytes) };
    },
  },
  settler: {
    settle: settling('settle'),
    extend: settling('extend'),
    close: settling('close'),
    refund: settling('refund'),
  },
  driver: (request, { folder: runs }) => ask('run', request, { folder: runs }),
};
const answer = parts.driver;
const daemon = new Daemon(
  {
    ...parts,
    driver: async (...job) => ({ ...(await answer(...job)), discard: async () => undefined }),
  },
  {
    services: [service],
    handover: false,
    policy: {
      poll: 5,
      settleAfter: 0,
      firstWait: 1,
      longestWait: 5,
      patience: 50,
      attempts: 1_000,
    },
  }
);
await daemon.run({ signal: done.signal });
journal.close();
process.disconnect();
