import { Archive } from './archive.ts';
import { type Block, GENESIS_PARENT, type IncludedCommand, createBlock } from './block.ts';
import { type Command, restoreCommand } from './command.ts';
import { MinaNetworkError } from './errors.ts';
import type { Genesis } from './genesis.ts';
import type { BlockRecord } from './history.ts';
import { Ledger } from './ledger.ts';

export { Chain };
export type { DroppedCommand };

interface DroppedCommand {
  readonly hash: string;
  readonly reason: string;
}

/** The ledger, the blocks that led to it, and what they emitted. */
class Chain {
  readonly archive = new Archive();
  /** Block i has height i + 1; never empty. */
  readonly blocks: Block[] = [];
  private updates = 0;

  private constructor(readonly ledger: Ledger) {}

  /**
   * @param records blocks to apply again, without verifying their proofs again
   * @throws MinaNetworkError `JOURNAL_DAMAGED` where a block comes out otherwise than recorded
   */
  static async create(genesis: Genesis, records: readonly BlockRecord[] = []): Promise<Chain> {
    const chain = new Chain(await Ledger.create(genesis));
    chain.blocks.push(
      createBlock({
        salt: genesis.seed,
        previousStateHash: GENESIS_PARENT,
        height: 1,
        slot: 0,
        timestamp: genesis.timestamp,
        commands: [],
      })
    );
    for (const record of records) {
      const { block } = chain.extend(record.commands.map(restoreCommand), record);
      if (block.stateHash !== record.stateHash)
        throw new MinaNetworkError(
          'JOURNAL_DAMAGED',
          `block ${block.height} became ${block.stateHash} when applied again, not ${record.stateHash}; ` +
            'use the version that wrote it, or remove the folder to begin a new chain.'
        );
    }
    return chain;
  }

  get tip(): Block {
    return this.blocks.at(-1)!;
  }

  /** Newest first. */
  best(length: number): Block[] {
    return this.blocks.slice(Math.max(0, this.blocks.length - length)).reverse();
  }

  /** Applies the commands in order; those whose fee can't be taken stay out of the block. */
  extend(
    commands: readonly Command[],
    at: { readonly slot: number; readonly timestamp: number; readonly salt: string }
  ): { block: Block; dropped: DroppedCommand[] } {
    const { slot, timestamp, salt } = at;
    const { height: parentHeight, stateHash: previousStateHash } = this.tip;
    const included: IncludedCommand[] = [];
    const dropped: DroppedCommand[] = [];
    for (const command of commands) {
      const outcome = this.ledger.apply(command.json, { parentHeight, slot });
      if (outcome.kind === 'dropped') {
        dropped.push({ hash: command.hash, reason: outcome.reason });
        continue;
      }
      included.push({
        hash: command.hash,
        id: command.id,
        sequence: included.length,
        failures: outcome.kind === 'failed' ? outcome.failures : null,
        memo: command.body.memo,
        json: command.json,
        updates: command.body.accountUpdates.map((update) => ({ id: ++this.updates, ...update })),
      });
    }
    const height = parentHeight + 1;
    const block = createBlock({
      salt,
      previousStateHash,
      height,
      slot,
      timestamp,
      commands: included,
    });
    this.blocks.push(block);
    // An account that acted exists and is a zkApp, so it has action states.
    this.archive.record(block, (account) => this.ledger.account(account)!.zkapp!.actionState[0]!);
    return { block, dropped };
  }
}
