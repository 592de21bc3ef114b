import { PROTOCOL } from '../../contracts/formats/protocol.ts';

export { usualFee };

/**
 * What a node that is not crowded asks of a transaction: ten times the least, with the fee payer as one
 * more update.
 *
 * @returns nanomina
 */
const usualFee = (updates: number): bigint =>
  10n * PROTOCOL.minimumFeePerUpdate * BigInt(updates + 1);
