import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import type { CID } from 'multiformats/cid';
import type { InboxAction } from '../../../contracts/formats/action.ts';
import { Writer, equalBytes, toHex } from '../../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import {
  type Descriptor,
  type LocalDescriptor,
  encodeDescriptor,
  priceOf,
} from '../../../contracts/formats/descriptor.ts';
import { type Envelope, sealEnvelope } from '../../../contracts/formats/envelope.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { formatKey, parseKey } from '../../../contracts/formats/key.ts';
import { type Keyset, encodeKeyset } from '../../../contracts/formats/keyset.ts';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { type Note, commitOfNote, encodeNote } from '../../../contracts/formats/note.ts';
import {
  closingCommitment,
  encodeClosing,
  encodeExtension,
  extensionCommitment,
} from '../../../contracts/formats/order.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import {
  type Request,
  encodeRequest,
  requestCommitment,
} from '../../../contracts/formats/request.ts';
import type { FieldSignature } from '../../../contracts/formats/signature.ts';
import { type TabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms, keyHash, writeTerms } from '../../../contracts/formats/terms.ts';
import { admit, admits } from '../../../contracts/formats/window.ts';
import { digestOf, publishDirectory } from '../../../ipfs/publish.ts';
import type { Parts } from '../../../runner-hooks/daemon/context.ts';
import { Daemon, type DaemonOptions } from '../../../runner-hooks/daemon/daemon.ts';
import type { DaemonEvent } from '../../../runner-hooks/daemon/event.ts';
import type { Policy } from '../../../runner-hooks/daemon/policy.ts';
import type { Settlement, SettlerOptions } from '../../../runner-hooks/daemon/settler.ts';
import type { JobOutcome, JobRequest, JobSettings } from '../../../runner-hooks/driver/job.ts';
import { type Journal, openJournal } from '../../../runner-hooks/journal/journal.ts';
import type { Trace } from '../../../runner-hooks/journal/store.ts';
import { toSpeedscope } from '../../../runner-hooks/perf/speedscope.ts';
import { createHash } from 'node:crypto';
import { signatureBy, verify } from './signing.ts';

export { World, Requester, Killed, MINA, NETWORK, dyingBefore, type Running, type Gate };

const MINA = 1_000_000_000n;
const NETWORK = 'mina:model';

/** A point of the curve found from a seed: a public key whose private key nobody needs here. */
function keyFrom(seed: string): string {
  for (let i = 0; ; i++) {
    const x = BigInt(`0x${createHash('sha256').update(`${seed} ${i}`).digest('hex')}`) >> 3n;
    const key = formatKey({ x, isOdd: false });
    try {
      parseKey(key);
      return key;
    } catch {
      continue;
    }
  }
}

/** What a process that has died says to whoever calls it. */
class Killed extends Error {}

/** Told before and after each call that leaves the daemon. */
type Gate = (when: 'before' | 'after', effect: string) => void;

/** A process that dies before an effect: from then on none of its effects happens. */
function dyingBefore(effect: string): { gate: Gate; trace: Trace; dead: () => boolean } {
  let isDead = false;
  const reach = (when: 'before' | 'after', what: string): void => {
    isDead ||= when === 'before' && what === effect;
    if (isDead) throw new Killed();
  };
  return { gate: reach, trace: reach, dead: () => isDead };
}

interface ModelTab {
  readonly terms: Terms;
  state: TabState;
  balance: bigint;
  genuine: boolean;
}
interface ModelCommit {
  readonly id: string;
  readonly parent: string;
  readonly note: Note;
}

const reply = identityToRecipient(await generateX25519Identity());
const identity = await generateHybridIdentity();
const recipient = await identityToRecipient(identity);

/** Everything outside the daemon, in memory and with the rules of the real thing. It outlives kills. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'runproof-daemon-'));
  readonly runner = keyFrom('runner');
  readonly service = keyFrom('service');
  readonly payee = keyFrom('payee');
  /** The provider's private keys, by epoch. */
  readonly identities = new Map([[3, identity]]);
  /** How often the daemon has asked which keys there are. */
  looks = 0;
  readonly tabs = new Map<string, ModelTab>();
  readonly blocks = new Map<string, Uint8Array>();
  readonly logs = new Map<string, ModelCommit[]>();
  readonly inbox: (InboxAction | undefined)[] = [];
  readonly runs = new Map<string, number>();
  readonly payments: { tab: string; sequence: number; amount: bigint }[] = [];
  readonly refunds = new Map<string, bigint>();
  readonly transactions: string[] = [];
  readonly events: DaemonEvent[] = [];
  readonly descriptor: Descriptor;
  keyset: Keyset;
  slot = 1_000;
  paused = false;
  payeeExists = true;
  reachable = true;
  /** How many of the next transactions vanish: before (`false`) or after the settler has returned. */
  readonly lost: ('rejects' | 'vanishes')[] = [];
  /** What the job does: its log, files and task clock in nanoseconds. */
  job: (
    request: JobRequest,
    settings: JobSettings
  ) => Promise<Partial<JobOutcome> & { files?: Record<string, string> }> = async () => ({
    files: { 'out.txt': 'made\n' },
  });

  constructor(descriptor: Partial<LocalDescriptor> = {}) {
    this.descriptor = {
      version: 1,
      name: 'model',
      description: 'A service of the test.',
      source: { repository: 'https://example.org/a.git', commit: 'ab'.repeat(20) },
      job: { phases: [{ name: 'build', script: 'true' }], outputs: ['out.txt'] },
      driver: 'local',
      parameters: { type: 'object', properties: { n: { type: 'integer' } } },
      price: { base: '1000000000', perSecond: '1000000000', token: 'MINA' },
      limits: {
        ...{ seconds: 60, memoryBytes: 2 ** 26, processes: 16 },
        ...{ outputBytes: 2 ** 20, logBytes: 2 ** 16, network: false },
      },
      result: 'public',
      licence: 'Apache-2.0',
      ...descriptor,
    };
    this.keyset = {
      ...{ version: 1, epoch: 3, recipients: [recipient], runner: this.runner, payee: this.payee },
      ...{ peers: [], endpoint: null, log: 'http://127.0.0.1/log.git' },
    };
    this.keep(encodeDescriptor(this.descriptor));
    this.keep(encodeKeyset(this.keyset));
  }

  keep(bytes: Uint8Array): Uint8Array {
    const digest = sha256(bytes);
    this.blocks.set(rawCidOf(digest).toString(), bytes);
    return digest;
  }

  /** A rotation: other recipients, in the next epoch. */
  async rotate(): Promise<void> {
    const next = await generateHybridIdentity();
    const epoch = this.keyset.epoch + 1;
    this.identities.set(epoch, next);
    this.keyset = { ...this.keyset, epoch, recipients: [await identityToRecipient(next)] };
    this.keep(encodeKeyset(this.keyset));
  }

  openTab(balance: bigint, changes: Partial<Terms & { expiry: number }> = {}): Requester {
    const { expiry = 2_000, ...rest } = changes;
    const n = this.tabs.size;
    const terms: Terms = {
      ...{ network: NETWORK, tab: keyFrom(`tab ${n}`), service: this.service },
      ...{ requestKey: keyFrom(`request ${n}`), refund: keyFrom(`refund ${n}`), payee: this.payee },
      ...{ price: priceOf(this.descriptor), token: MINA_TOKEN, cap: 100n * MINA },
      ...rest,
    };
    this.tabs.set(terms.tab, { terms, state: openingState(terms, expiry), balance, genuine: true });
    return new Requester(this, terms);
  }

  ring(kind: InboxAction['kind'], tab: string, digest: Uint8Array): void {
    this.inbox.push({ kind, tab, digest });
  }

  /** Sequence numbers of the tab's receipts, in log order. */
  noted(tab: string): number[] {
    return (this.logs.get(tab) ?? []).map(({ note }) => note.receipt.sequence);
  }

  parts(journal: Journal, gate: Gate = () => undefined): Parts {
    const gated = <A extends unknown[], R>(
      name: string,
      effect: (...args: A) => R | Promise<R>
    ): ((...args: A) => Promise<R>) => {
      return async (...args) => {
        gate('before', name);
        const result = await effect(...args);
        gate('after', name);
        return result;
      };
    };
    const read = <A extends unknown[], R>(effect: (...args: A) => R | Promise<R>) =>
      gated('read', async (...args: A) => {
        if (!this.reachable) throw new Error('no node answers');
        return effect(...args);
      });
    const settling =
      <O, R extends object>(kind: string, effect: (order: O) => R) =>
      async (order: O, ...rest: [SettlerOptions] | [FieldSignature, SettlerOptions]) => {
        const transaction = `${kind}-${this.transactions.length}`;
        gate('before', `settler.${kind}`);
        (rest.at(-1) as SettlerOptions).onTransaction(transaction);
        gate('before', `settler.${kind}.send`);
        this.transactions.push(transaction);
        const lost = this.lost.shift();
        if (lost === 'rejects') throw new Error('the pool is full');
        const result = lost === 'vanishes' ? ({} as R) : effect(order);
        gate('after', `settler.${kind}`);
        return { transaction, ...result };
      };
    const sink = {
      put: async (cid: CID, bytes: Uint8Array) => void this.blocks.set(cid.toString(), bytes),
    };
    return {
      journal,
      folder: join(this.folder, 'work'),
      verify,
      key: { publicKey: this.runner, sign: (commitment) => signatureBy(this.runner, commitment) },
      identities: (_, epoch) => {
        const key = this.identities.get(epoch);
        return key === undefined ? [] : [key];
      },
      keys: {
        epochs: () => {
          this.looks += 1;
          return [...this.identities.keys()];
        },
        destroy: gated('keys.destroy', (epoch) => void this.identities.delete(epoch)),
      },
      chain: {
        network: read(() => NETWORK),
        slot: read(() => this.slot),
        service: read(() => ({
          ...{ descriptor: sha256(encodeDescriptor(this.descriptor)), owner: 1n },
          ...{ runner: keyHash(this.runner), keyset: sha256(encodeKeyset(this.keyset)) },
          ...{ epoch: this.keyset.epoch, paused: this.paused },
        })),
        tab: read((terms) => {
          const tab = this.tabs.get(terms.tab);
          if (tab === undefined) return { missing: true, reason: 'no account' };
          if (!tab.genuine || !sameTerms(tab.terms, terms))
            return { missing: false, reason: 'not a tab of these terms' };
          return { state: tab.state, balance: tab.balance };
        }),
        isTab: read((address) => this.tabs.has(address)),
        canReceive: read(() => this.payeeExists),
        inbox: read((_, cursor, { maximum }) => {
          const from = Number(cursor ?? '0');
          const entries = this.inbox.slice(from, from + maximum);
          const to = from + entries.length;
          return { entries, cursor: `${to}`, more: to < this.inbox.length };
        }),
      },
      content: {
        get: gated('content.get', (cid) => {
          const bytes = this.blocks.get(cid.toString());
          if (bytes === undefined) throw new Error('nobody has it');
          return bytes;
        }),
        put: gated('content.put', (cid, bytes) => sink.put(cid, bytes)),
        publish: gated(
          'content.publish',
          async (folder) => (await publishDirectory(folder, sink)).cid
        ),
        rootOf: async (folder) => (await digestOf(folder)).cid,
      },
      log: { append: gated('log.append', (entry) => this.#append(entry)) },
      settler: {
        settle: settling('settle', (order: { terms: Terms; maximumJobs: number }) =>
          this.settle(order.terms.tab, order.maximumJobs)
        ),
        extend: settling('extend', ({ terms, expiry }: { terms: Terms; expiry: number }) => {
          const tab = this.tabs.get(terms.tab)!;
          if (expiry <= tab.state.expiry) throw new Error('not later');
          tab.state = { ...tab.state, expiry };
          return {};
        }),
        close: settling('close', ({ terms, head }: { terms: Terms; head: string }) => {
          const tab = this.tabs.get(terms.tab)!;
          if (tab.state.head !== head) throw new Error('another head');
          tab.state = { ...tab.state, expiry: 0 };
          this.#giveBack(tab, tab.balance);
          return {};
        }),
        refund: settling('refund', ({ terms, amount }: { terms: Terms; amount: bigint }) => {
          const tab = this.tabs.get(terms.tab)!;
          if (tab.state.expiry >= this.slot || amount > tab.balance) throw new Error('too early');
          this.#giveBack(tab, amount);
          return {};
        }),
      },
      driver: gated('driver', (request: JobRequest, settings: JobSettings) =>
        this.#run(request, settings)
      ),
      onEvent: (event) => this.events.push(event),
    };
  }

  /** A daemon over this world; several may follow each other. */
  start(
    policy: Partial<Policy> = {},
    {
      trace,
      gate,
      now,
      ...options
    }: { trace?: Trace; gate?: Gate; now?: () => number } & Partial<DaemonOptions> = {}
  ): Running {
    const journal = openJournal(join(this.folder, 'journal'), this.runner, {
      locks: join(this.folder, 'locks'),
      ...(now === undefined ? {} : { now }),
      ...(trace === undefined ? {} : { trace }),
    });
    const parts = { ...this.parts(journal, gate), ...(now === undefined ? {} : { now }) };
    const daemon = new Daemon(parts, {
      services: [this.service],
      handover: false,
      ...options,
      policy: {
        ...{ poll: 2, firstWait: 1, longestWait: 4, settleAfter: 0, drain: 5_000, arrival: 0 },
        ...policy,
      },
    });
    const controller = new AbortController();
    const done = daemon.run({ signal: controller.signal });
    done.catch(() => undefined);
    return {
      ...{ journal, daemon, done },
      stop: async () => {
        controller.abort();
        try {
          await done;
        } finally {
          journal.close();
        }
      },
      abort: () => controller.abort(),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #append({ tab, receipt, build }: Parameters<Parts['log']['append']>[0]): ModelCommit {
    const log = this.logs.get(tab) ?? [];
    this.logs.set(tab, log);
    const there = log.find(({ note }) => equalBytes(sha256(encodeReceipt(note.receipt)), receipt));
    if (there !== undefined) return there;
    const last = log.at(-1);
    const note = build(last === undefined ? null : rawCidOf(sha256(encodeNote(last.note))));
    const parent = last?.id ?? genesisId(tab);
    const commit = { id: commitOfNote(note, parent).id, parent, note };
    log.push(commit);
    return commit;
  }

  /** As the contract: from the tab's head on, each number once, and not past the expiry. */
  settle(address: string, maximumJobs: number): Omit<Settlement, 'transaction'> {
    const tab = this.tabs.get(address)!;
    const log = this.logs.get(address) ?? [];
    const from = log.findIndex(({ id }) => id === tab.state.head) + 1;
    const entries = log.slice(from, from + maximumJobs);
    if (entries.length === 0) throw new Error('nothing to settle');
    if (this.slot > tab.state.expiry) throw new Error('the tab has ended');
    let { window } = tab.state;
    for (const { note } of entries) {
      if (!admits(window, note.receipt.sequence)) throw new Error('outside the window');
      window = admit(window, note.receipt.sequence);
    }
    const paid = entries.reduce((sum, { note }) => sum + note.receipt.amount, 0n);
    if (paid > tab.balance) throw new Error('the tab cannot pay');
    const head = entries.at(-1)!.id;
    tab.state = { ...tab.state, head, window, spent: tab.state.spent + paid };
    tab.balance -= paid;
    const sequences = entries.map(({ note }) => note.receipt.sequence);
    for (const { note } of entries)
      this.payments.push({
        tab: address,
        sequence: note.receipt.sequence,
        amount: note.receipt.amount,
      });
    return { head, paid, sequences };
  }

  #giveBack(tab: ModelTab, amount: bigint): void {
    const { refund } = tab.terms;
    tab.balance -= amount;
    this.refunds.set(refund, (this.refunds.get(refund) ?? 0n) + amount);
  }

  async #run(request: JobRequest, settings: JobSettings): Promise<JobOutcome> {
    const key = JSON.stringify(request.parameters);
    this.runs.set(key, (this.runs.get(key) ?? 0) + 1);
    const { files = {}, ...rest } = await this.job(request, settings);
    const outputs = join(settings.folder, `run-${Math.random()}`);
    await mkdir(outputs, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(outputs, name), text);
    const profile = toSpeedscope([]);
    // Digests as Node gives them, in Buffers: they turn into something else in JSON.
    return {
      ...{ exitStatus: 0, reason: undefined, sourceDigest: Buffer.alloc(32, 7) },
      phases: [
        {
          ...{
            name: 'build',
            script: createHash('sha256').update('true').digest(),
            exitStatus: 0,
            milliseconds: 20n,
          },
          ...{ taskClock: 500_000_000n, counters: [], peakMemoryBytes: 4096 },
        },
      ],
      counters: [{ name: 'task-clock', unit: 'ns', value: 500_000_000n }],
      ...{ peakMemoryBytes: 4096, milliseconds: 20, profile },
      profileDigest: sha256(encodeJson(profile)),
      ...{ log: 'hello\n', outputs, omitted: [], discard: async () => undefined },
      ...rest,
    };
  }
}

interface Running {
  readonly journal: Journal;
  readonly daemon: Daemon;
  readonly done: Promise<void>;
  stop(): Promise<void>;
  abort(): void;
}

/** One tab's requester. */
class Requester {
  #signer: string;

  constructor(
    private readonly world: World,
    readonly terms: Terms
  ) {
    this.#signer = terms.requestKey;
  }

  /** A thief, with a key of its own. */
  signingAs({ terms }: Requester): this {
    this.#signer = terms.requestKey;
    return this;
  }

  get tab(): string {
    return this.terms.tab;
  }

  async request(
    sequence: number,
    changes: Partial<Request> = {},
    inside: Partial<Envelope> = {}
  ): Promise<{ block: Uint8Array; envelope: Uint8Array; digest: Uint8Array }> {
    const { network, service, tab } = this.terms;
    const envelope = await sealEnvelope(
      {
        ...{ version: 1, network, service, tab, sequence, reply: await reply, secrets: {} },
        parameters: { n: this.world.tabs.size * 1_000 + sequence },
        ...inside,
      },
      this.world.keyset.recipients
    );
    return { envelope, ...this.requestWith(sequence, envelope, changes) };
  }

  /** A request over an envelope from wherever. */
  requestWith(
    sequence: number,
    envelope: Uint8Array,
    changes: Partial<Request> = {}
  ): { block: Uint8Array; digest: Uint8Array } {
    const request: Request = {
      ...{ terms: this.terms, sequence, envelope: sha256(envelope) },
      ...{ maximum: 3n * MINA, validUntil: 1_500 },
      ...changes,
    };
    const signature = signatureBy(this.#signer, requestCommitment(request));
    const block = encodeRequest({ ...request, signature });
    return { block, digest: sha256(block) };
  }

  /** Publishes a request and rings for it. */
  async ring(...args: Parameters<Requester['request']>): Promise<string> {
    const { block, envelope, digest } = await this.request(...args);
    this.world.keep(block);
    this.world.keep(envelope);
    this.world.ring('request', this.tab, digest);
    return toHex(digest);
  }

  extend(expiry: number): void {
    const commitment = extensionCommitment({ terms: this.terms, expiry });
    const signature = signatureBy(this.#signer, commitment);
    const block = encodeExtension({ terms: this.terms, expiry, signature });
    this.world.ring('extension', this.tab, this.world.keep(block));
  }

  close(head: string): void {
    const commitment = closingCommitment({ terms: this.terms, head });
    const signature = signatureBy(this.#signer, commitment);
    const block = encodeClosing({ terms: this.terms, head, signature });
    this.world.ring('closing', this.tab, this.world.keep(block));
  }
}

const sameTerms = (a: Terms, b: Terms): boolean =>
  equalBytes(writeTerms(new Writer(), a).finish(), writeTerms(new Writer(), b).finish());
