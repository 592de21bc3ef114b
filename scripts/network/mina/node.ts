import { randomBytes } from 'node:crypto';
import type { Block } from './block.ts';
import { Chain } from './chain.ts';
import { type Command, parseCommand, restoreCommand } from './command.ts';
import { MinaNetworkError } from './errors.ts';
import {
  type Genesis,
  type GenesisOptions,
  type KeyPair,
  assertSame,
  createGenesis,
  keyPairs,
} from './genesis.ts';
import { type History, foldHistory } from './history.ts';
import { type Entry, type Journal, MemoryJournal, openJournal } from './journal.ts';
import type { AccountId } from './ledger.ts';
import { Mempool } from './mempool.ts';
import {
  SignatureCheck,
  type VerificationKeyJson,
  checkKeysAndProofs,
  checkWellFormed,
} from './verification.ts';

export { MinaNode };
export type { NodeOptions };

interface NodeOptions extends GenesisOptions {
  /** Where the journal stands; without it the chain is gone when the node stops. */
  readonly folder?: string | undefined;
  /** Verify proofs (default), or only demand that there is one and that it names the right key. */
  readonly proofsEnabled?: boolean | undefined;
  /** Milliseconds between a command's arrival and the block it starts. Default 100. */
  readonly batchDelay?: number | undefined;
  /** Milliseconds between blocks where nothing arrives; 0 for none. Default 10,000. */
  readonly blockTime?: number | undefined;
  /** Milliseconds since 1970, for tests. */
  readonly now?: (() => number) | undefined;
}

interface Settings {
  readonly proofsEnabled: boolean;
  readonly batchDelay: number;
  readonly blockTime: number;
  readonly now: () => number;
}

/** Most commands of a block, Mina's transaction capacity on mainnet. */
const BLOCK_CAPACITY = 128;
const MOST_SLOTS = 2 ** 32 - 1;

/** One block producer that always wins, with its pool and its journal. */
class MinaNode {
  readonly keyPairs: readonly KeyPair[];
  private mempool: Mempool;
  private readonly acquired: Set<string>;
  /** While a reorganisation replays the chain, timers must not add blocks to the old one. */
  private frozen = false;
  private slotsAdvanced: number;
  private batch: NodeJS.Timeout | undefined;
  private interval: NodeJS.Timeout | undefined;
  /** One command is checked at a time, so that a sender's commands keep their order. */
  private turn: Promise<unknown> = Promise.resolve();
  private stopped = false;

  private constructor(
    readonly genesis: Genesis,
    private chain: Chain,
    private readonly journal: Journal,
    private readonly signatures: SignatureCheck,
    history: Pick<History, 'waiting' | 'slotsAdvanced' | 'acquired'>,
    private readonly options: Settings
  ) {
    this.keyPairs = keyPairs(genesis);
    this.mempool = new Mempool(history.waiting.map(restoreCommand));
    this.slotsAdvanced = history.slotsAdvanced;
    this.acquired = new Set(history.acquired);
    if (options.blockTime > 0)
      this.interval = setInterval(() => this.produceUnlessFrozen(), options.blockTime);
    if (this.mempool.size > 0) this.scheduleBlock();
  }

  /** @throws MinaNetworkError where the folder can't be used; see `openJournal`. */
  static async open(options: NodeOptions = {}): Promise<MinaNode> {
    const { folder, proofsEnabled, batchDelay, blockTime, now, ...genesisOptions } = options;
    const settings: Settings = {
      proofsEnabled: proofsEnabled ?? true,
      batchDelay: batchDelay ?? 100,
      blockTime: blockTime ?? 10_000,
      now: now ?? Date.now,
    };
    const journal = folder === undefined ? new MemoryJournal() : openJournal(folder);
    try {
      const stored = foldHistory(journal.entries);
      if (stored) assertSame(stored.genesis, genesisOptions);
      const genesis = stored?.genesis ?? createGenesis(genesisOptions, settings.now());
      if (!stored) journal.append({ kind: 'genesis', version: 1, genesis });
      const history = stored ?? { blocks: [], waiting: [], slotsAdvanced: 0, acquired: new Set() };
      const chain = await Chain.create(genesis, history.blocks);
      const signatures = await SignatureCheck.create();
      return new MinaNode(genesis, chain, journal, signatures, history, settings);
    } catch (error) {
      journal.close();
      throw error;
    }
  }

  get view(): Pick<Chain, 'archive' | 'best' | 'blocks' | 'ledger' | 'tip'> {
    return this.chain;
  }

  get pool(): Pick<Mempool, 'expectedNonce' | 'first' | 'has' | 'size'> {
    return this.mempool;
  }

  /** The slot by the clock, plus what was advanced; never before the tip's. */
  slot(): number {
    return Math.max(this.chain.tip.slot, this.clockSlot());
  }

  /**
   * Verifies a command and lets it wait for a block.
   * @param input a zkApp command as JSON
   * @returns once the command is on disk
   * @throws CommandRefused
   */
  async submit(input: unknown): Promise<Command> {
    const command = await parseCommand(input);
    checkWellFormed(command);
    return this.inTurn(() => this.admit(command));
  }

  /** Puts what waits into a block, now. */
  async produceBlock(): Promise<Block> {
    return this.inTurn(() => this.extend());
  }

  /** Lets so many slots pass at once, and makes a block in the last of them. */
  async advanceSlots(count: number): Promise<Block> {
    return this.inTurn(() => {
      const slot = this.slot();
      if (!Number.isSafeInteger(count) || count < 1 || slot + count > MOST_SLOTS)
        throw new MinaNetworkError(
          'INVALID_OPTION',
          `slots can be advanced by 1 to ${MOST_SLOTS - slot}, not ${count}.`
        );
      // Where the tip is ahead of the clock, the clock has to catch up first.
      const advance = slot + count - this.clockSlot();
      this.record({ kind: 'slots', advance });
      this.slotsAdvanced += advance;
      return this.extend();
    });
  }

  /**
   * Replaces the last blocks by others, one more than before, as when a longer fork wins.
   * @param reapply whether the commands of the lost blocks wait again (and fit into the new ones),
   *   or are gone
   * @throws MinaNetworkError `REORG_TOO_DEEP`
   */
  async reorg(depth: number, { reapply }: { reapply: boolean }): Promise<Block> {
    return this.inTurn(() => this.replaceBlocks(depth, reapply));
  }

  /** A funded key pair that nobody has, or undefined where all are taken. */
  acquire(): KeyPair | undefined {
    this.assertRunning();
    const free = this.keyPairs.find(({ publicKey }) => !this.acquired.has(publicKey));
    if (free === undefined) return undefined;
    this.record({ kind: 'acquire', publicKey: free.publicKey });
    this.acquired.add(free.publicKey);
    return free;
  }

  /** @returns whether it was acquired */
  release(publicKey: string): boolean {
    this.assertRunning();
    if (!this.acquired.has(publicKey)) return false;
    this.record({ kind: 'release', publicKey });
    return this.acquired.delete(publicKey);
  }

  acquiredKeyPairs(): KeyPair[] {
    return this.keyPairs.filter(({ publicKey }) => this.acquired.has(publicKey));
  }

  async close(): Promise<void> {
    this.stopped = true;
    this.clearTimers();
    await this.turn;
    this.journal.close();
  }

  private async inTurn<T>(step: () => T | Promise<T>): Promise<T> {
    const result = this.turn.then(() => {
      this.assertRunning();
      return step();
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async admit(command: Command): Promise<Command> {
    const { publicKey } = command.body.feePayer.body;
    const admit = (): void => {
      const payer = this.chain.ledger.account({ publicKey, tokenId: MINA_TOKEN });
      this.mempool.admit(command, payer, this.slot());
    };
    admit();
    this.signatures.check(command);
    const { proofsEnabled } = this.options;
    await checkKeysAndProofs(command, (account) => this.verificationKey(account), {
      proofsEnabled,
    });
    // Blocks may have been made while proofs were verified.
    this.assertRunning();
    admit();
    this.record({ kind: 'command', hash: command.hash, json: command.json });
    this.mempool.add(command);
    this.scheduleBlock();
    return command;
  }

  private verificationKey(account: AccountId): VerificationKeyJson | undefined {
    const waiting = this.mempool.verificationKey(account);
    return waiting ?? this.chain.ledger.account(account)?.zkapp?.verificationKey ?? undefined;
  }

  private async replaceBlocks(depth: number, reapply: boolean): Promise<Block> {
    const most = Math.min(this.chain.blocks.length - 1, this.genesis.k);
    if (!Number.isSafeInteger(depth) || depth < 1 || depth > most)
      throw new MinaNetworkError(
        'REORG_TOO_DEEP',
        `a reorganisation can take back 1 to ${most} blocks here, not ${depth}.`
      );
    this.frozen = true;
    try {
      const { height } = this.chain.tip;
      this.record({ kind: 'reorg', depth, reapply });
      const history = foldHistory(this.journal.entries)!;
      this.chain = await Chain.create(this.genesis, history.blocks);
      this.mempool = new Mempool(history.waiting.map(restoreCommand));
      while (this.chain.tip.height < height) this.extend();
      return this.extend();
    } finally {
      this.frozen = false;
    }
  }

  private extend(): Block {
    clearTimeout(this.batch);
    this.batch = undefined;
    const at = {
      slot: this.slot(),
      timestamp: this.options.now(),
      salt: randomBytes(8).toString('hex'),
    };
    const { block, dropped } = this.chain.extend(this.mempool.first(BLOCK_CAPACITY), at);
    const included = block.commands.map(({ hash }) => hash);
    const gone = dropped.map(({ hash }) => hash);
    this.record({
      kind: 'block',
      ...at,
      stateHash: block.stateHash,
      included,
      dropped: gone,
    });
    this.mempool.remove([...included, ...gone]);
    if (this.mempool.size > 0) this.scheduleBlock();
    return block;
  }

  private clockSlot(): number {
    const { timestamp, slotTime } = this.genesis;
    return Math.floor((this.options.now() - timestamp) / slotTime) + this.slotsAdvanced;
  }

  /** What is not on disk must not be built upon, so a full disk ends the node. */
  private record(entry: Entry): void {
    try {
      this.journal.append(entry);
    } catch (cause) {
      this.stopped = true;
      this.clearTimers();
      throw new MinaNetworkError(
        'JOURNAL_UNWRITABLE',
        `the journal can't be written (${(cause as Error).message}); make room and start again.`,
        { cause }
      );
    }
  }

  private clearTimers(): void {
    clearTimeout(this.batch);
    clearInterval(this.interval);
  }

  private scheduleBlock(): void {
    this.batch ??= setTimeout(() => {
      this.batch = undefined;
      this.produceUnlessFrozen();
    }, this.options.batchDelay);
  }

  private produceUnlessFrozen(): void {
    if (this.frozen || this.stopped) return;
    try {
      this.extend();
    } catch (error) {
      // Nobody waits for this block; whoever asks next is told that the node has stopped.
      if (!(error instanceof MinaNetworkError)) throw error;
    }
  }

  private assertRunning(): void {
    if (this.stopped)
      throw new MinaNetworkError('STOPPED', 'the network was stopped; start it again.');
  }
}

const MINA_TOKEN = 'wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf';
