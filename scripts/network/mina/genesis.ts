import { sha256 } from '@noble/hashes/sha2.js';
import { PrivateKey } from 'o1js';
import { randomBytes } from 'node:crypto';
import { MinaNetworkError } from './errors.ts';

export { ACCOUNT_CREATION_FEE, COINBASE, SLOTS_PER_EPOCH, createGenesis, keyPairs, assertSame };
export type { Genesis, GenesisOptions, KeyPair };

/** Protocol constants in nanomina, those of o1js 2.15 and of the network before the Mesa fork. */
const ACCOUNT_CREATION_FEE = 1_000_000_000n;
const COINBASE = 720_000_000_000n;
const SLOTS_PER_EPOCH = 7140;

/** Written once, as the journal's first line; all else follows from it and from the commands. */
interface Genesis {
  /** Hexadecimal, 32 bytes; the funded accounts' keys follow from it. */
  readonly seed: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly accounts: number;
  /** Nanomina of each funded account, decimal. */
  readonly balance: string;
  /** Milliseconds. */
  readonly slotTime: number;
  /** Blocks until a block is canonical; the best chain shows so many. */
  readonly k: number;
}

type GenesisOptions = Partial<Genesis>;

interface KeyPair {
  /** Base58. */
  readonly publicKey: string;
  /** Base58. */
  readonly privateKey: string;
}

function createGenesis(options: GenesisOptions, now: number): Genesis {
  const genesis: Genesis = {
    seed: options.seed ?? randomBytes(32).toString('hex'),
    timestamp: options.timestamp ?? now,
    accounts: options.accounts ?? 20,
    balance: options.balance ?? '1550000000000',
    slotTime: options.slotTime ?? 180_000,
    k: options.k ?? 290,
  };
  if (!/^[0-9a-f]{64}$/.test(genesis.seed))
    throw new MinaNetworkError('INVALID_OPTION', 'seed must be 64 lower-case hexadecimal digits.');
  for (const [name, least, most] of [
    ['timestamp', 0, Number.MAX_SAFE_INTEGER],
    ['accounts', 1, 1000],
    ['slotTime', 1, 86_400_000],
    ['k', 1, 10_000],
  ] as const) {
    const value = genesis[name];
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new MinaNetworkError(
        'INVALID_OPTION',
        `${name} must be a whole number from ${least} to ${most}, not ${value}.`
      );
  }
  if (!/^[1-9]\d{0,17}$/.test(genesis.balance))
    throw new MinaNetworkError('INVALID_OPTION', 'balance must be nanomina, 1 to 18 digits.');
  return genesis;
}

/** A restart with other parameters would silently be another chain. */
function assertSame(stored: Genesis, options: GenesisOptions): void {
  for (const [name, wanted] of Object.entries(options) as [
    keyof Genesis,
    string | number | undefined,
  ][]) {
    if (wanted === undefined || wanted === stored[name]) continue;
    throw new MinaNetworkError(
      'GENESIS_MISMATCH',
      `the chain in this folder has ${name} ${stored[name]}, not ${wanted}; ` +
        'leave the option out or use another folder.'
    );
  }
}

/** The funded accounts, in order: key i is SHA-256(seed ‖ i) cut to 252 bits, below the group order. */
function keyPairs({ seed, accounts }: Pick<Genesis, 'seed' | 'accounts'>): KeyPair[] {
  return Array.from({ length: accounts }, (_, i) => {
    const digest = sha256(new TextEncoder().encode(`runproof network account\n${seed}\n${i}`));
    const scalar = BigInt(`0x${Buffer.from(digest).toString('hex')}`) >> 4n;
    const privateKey = PrivateKey.fromBigInt(scalar);
    return {
      privateKey: privateKey.toBase58(),
      publicKey: privateKey.toPublicKey().toBase58(),
    };
  });
}
