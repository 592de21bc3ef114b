import { type Command, nextNonce } from './command.ts';
import { CommandRefused } from './errors.ts';
import type { AccountId, AccountJson } from './ledger.ts';
import type { VerificationKeyJson } from './verification.ts';

export { Mempool };

/** Mina's `pool_max_size`. */
const MOST_COMMANDS = 3000;

/** Commands waiting for a block, in order of arrival. */
class Mempool {
  private readonly commands = new Map<string, Command>();

  constructor(commands: Iterable<Command> = []) {
    for (const command of commands) this.commands.set(command.hash, command);
  }

  get size(): number {
    return this.commands.size;
  }

  has(hash: string): boolean {
    return this.commands.has(hash);
  }

  /** The first commands in order, at most so many. */
  first(count: number): Command[] {
    return [...this.commands.values()].slice(0, count);
  }

  add(command: Command): void {
    this.commands.set(command.hash, command);
  }

  remove(hashes: Iterable<string>): void {
    for (const hash of hashes) this.commands.delete(hash);
  }

  /** The nonce the next command of this fee payer must have. */
  expectedNonce(publicKey: string, account: AccountJson): number {
    const last = this.of(publicKey).at(-1);
    return last ? nextNonce(last) : Number(account.nonce);
  }

  /** The key that the last waiting command to set one would leave behind. */
  verificationKey({ publicKey, tokenId }: AccountId): VerificationKeyJson | undefined {
    let key: VerificationKeyJson | undefined;
    for (const { body } of this.commands.values())
      for (const update of body.accountUpdates)
        if (update.body.publicKey === publicKey && update.body.tokenId === tokenId)
          key = update.body.update.verificationKey ?? key;
    return key;
  }

  /**
   * Whether the fee payer's state lets the command in, given what waits before it.
   * @throws CommandRefused
   */
  admit(command: Command, payer: AccountJson | undefined, slot: number): void {
    const { publicKey, nonce, fee, validUntil } = command.body.feePayer.body;
    if (this.has(command.hash))
      throw new CommandRefused('DUPLICATE', `${command.hash} is already waiting for a block.`);
    if (this.size >= MOST_COMMANDS)
      throw new CommandRefused(
        'POOL_FULL',
        `${this.size} commands wait for a block, the most allowed; send it again later.`
      );
    if (payer === undefined)
      throw new CommandRefused(
        'INSUFFICIENT_FUNDS',
        `Insufficient_funds: the fee payer ${publicKey} has no account; fund it first.`
      );
    const expected = this.expectedNonce(publicKey, payer);
    if (Number(nonce) !== expected)
      throw new CommandRefused(
        'INVALID_NONCE',
        `Invalid_nonce: the fee payer's nonce is ${nonce}, expected ${expected}; fetch the account and sign again.`
      );
    if (validUntil !== null && Number(validUntil) < slot)
      throw new CommandRefused(
        'EXPIRED',
        `Expired: the command was valid until slot ${validUntil}, now is slot ${slot}; sign again.`
      );
    const fees = this.of(publicKey).reduce(
      (sum, waiting) => sum + BigInt(waiting.body.feePayer.body.fee),
      BigInt(fee)
    );
    if (BigInt(payer.balance) < fees)
      throw new CommandRefused(
        'INSUFFICIENT_FUNDS',
        `Insufficient_funds: fees of ${fees} nanomina from ${publicKey}, which holds ${payer.balance}.`
      );
  }

  private of(publicKey: string): Command[] {
    return [...this.commands.values()].filter(
      ({ body }) => body.feePayer.body.publicKey === publicKey
    );
  }
}
