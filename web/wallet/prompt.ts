import type { Command } from '../../contracts/chain/command.ts';

export { type SigningPrompt };

/** A question that the development wallet has for its owner; exactly one answer counts. */
type SigningPrompt =
  | {
      readonly kind: 'connect';
      readonly address: string;
      approve(): void;
      reject(): void;
    }
  | {
      readonly kind: 'sign';
      readonly address: string;
      readonly command: Command;
      /** Nanomina. */
      readonly fee: bigint;
      /** Nanomina that the wallet's account loses, the fee included. */
      readonly total: bigint;
      readonly memo: string;
      approve(): void;
      reject(): void;
    };
