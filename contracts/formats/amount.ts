import { assertUint } from './bytes.ts';
import { EXIT } from './job.ts';
import { FormatError } from './error.ts';

export { BOUND, type Price, amountOf, formatMina, parseMina };

/**
 * Upper bounds, exclusive, that keep `perSecond · taskClock` below 2^92 and `base + …` below 2^64,
 * so that neither the circuit nor an account can overflow. In bits.
 */
const BOUND = { base: 60, perSecond: 36, taskClock: 56, amount: 64 } as const;

const NANOSECONDS = 1_000_000_000n;

/** Nanomina (or the token's smallest unit), and the same per second of task clock. */
interface Price {
  readonly base: bigint;
  readonly perSecond: bigint;
}

/**
 * What a job costs: `base + ⌊perSecond · taskClock / 10⁹⌋`, at most `maximum`; nothing if it was
 * refused. The circuit computes the same from the opened counter.
 *
 * @param taskClock CPU time in nanoseconds
 */
function amountOf(price: Price, taskClock: bigint, exitStatus: number, maximum: bigint): bigint {
  assertUint(price.base, BOUND.base, 'base price');
  assertUint(price.perSecond, BOUND.perSecond, 'price per second');
  assertUint(taskClock, BOUND.taskClock, 'task clock');
  assertUint(maximum, BOUND.amount, 'maximum amount');
  if (exitStatus === EXIT.refused) return 0n;
  const full = price.base + (price.perSecond * taskClock) / NANOSECONDS;
  return full < maximum ? full : maximum;
}

/** Nanomina as MINA, exact, without trailing zeros. */
function formatMina(nanomina: bigint): string {
  const sign = nanomina < 0n ? '-' : '';
  const digits = (nanomina < 0n ? -nanomina : nanomina).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** MINA as people write it, at most nine decimals, as nanomina below 2^64. */
function parseMina(text: string): bigint {
  const match = /^(0|[1-9][0-9]{0,10})(?:\.([0-9]{1,9}))?$/.exec(text);
  if (match === null)
    throw new FormatError('RANGE', `${JSON.stringify(text)} is not an amount such as 1.5 (MINA)`);
  const [, whole, fraction = ''] = match;
  return assertUint(BigInt(whole! + fraction.padEnd(9, '0')), BOUND.amount, 'amount');
}
