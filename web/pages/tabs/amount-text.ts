import { formatMina, parseMina } from '../../../contracts/formats/amount.ts';
import { FormatError } from '../../../contracts/formats/error.ts';

export { type ReadAmount, readAmount };

type ReadAmount =
  { readonly nanomina: bigint; readonly error?: undefined } | { readonly error: string };

/**
 * MINA as somebody types it.
 *
 * @param most nanomina that can be given, where that is known
 */
function readAmount(text: string, most?: bigint): ReadAmount {
  let nanomina: bigint;
  try {
    nanomina = parseMina(text.trim());
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { error: 'Write an amount such as 1.5, with at most nine decimals.' };
  }
  if (nanomina === 0n) return { error: 'Write an amount above 0.' };
  if (most !== undefined && nanomina > most)
    return { error: `The wallet can give ${formatMina(most)} MINA at most, its fee kept back.` };
  return { nanomina };
}
