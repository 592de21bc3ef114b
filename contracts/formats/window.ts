import { FormatError } from './error.ts';

export {
  WINDOW_SIZE,
  OPENING_WINDOW,
  type SequenceWindow,
  admits,
  admit,
  packWindow,
  unpackWindow,
  describeWindow,
};

/**
 * Which sequence numbers of a tab are settled, as IPsec keeps them against replay (RFC 4303,
 * section 3.4.3): the highest one, and for it and the 63 below one bit each. A number that has
 * fallen out of the window can never be settled any more.
 */
interface SequenceWindow {
  readonly top: number;
  /** Bit i stands for `top - i`. Bit 0 is always set. */
  readonly map: bigint;
}

const WINDOW_SIZE = 64;
const FULL = (1n << 64n) - 1n;

/** Number 0 counts as settled, so that the first job is number 1. */
const OPENING_WINDOW: SequenceWindow = { top: 0, map: 1n };

/** Whether a number may still be settled. */
function admits({ top, map }: SequenceWindow, sequence: number): boolean {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > 0xffffffff) return false;
  const age = top - sequence;
  return age < 0 || (age < WINDOW_SIZE && ((map >> BigInt(age)) & 1n) === 0n);
}

/** The window after settling `sequence`. */
function admit(window: SequenceWindow, sequence: number): SequenceWindow {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > 0xffffffff)
    throw new FormatError('RANGE', `sequence number ${sequence} is not an unsigned 32-bit number`);
  if (!admits(window, sequence))
    throw new FormatError(
      'RANGE',
      `sequence number ${sequence} is settled already or below the window that ends at ${window.top}`
    );
  const { top, map } = window;
  if (sequence <= top) return { top, map: map | (1n << BigInt(top - sequence)) };
  const shift = sequence - top;
  const kept = shift >= WINDOW_SIZE ? 0n : (map << BigInt(shift)) & FULL;
  return { top: sequence, map: kept | 1n };
}

/** One state field: `map + top·2^64`. */
const packWindow = ({ top, map }: SequenceWindow): bigint => map + (BigInt(top) << 64n);

function unpackWindow(packed: bigint): SequenceWindow {
  const window = { top: Number(packed >> 64n), map: packed & FULL };
  if (packed < 0n || packed >> 96n !== 0n || (window.map & 1n) === 0n)
    throw new FormatError('RANGE', `${packed} is not a sequence window`);
  return window;
}

/** For people: the settled numbers that the window still tells of, `1–3, 5`. */
function describeWindow({ top, map }: SequenceWindow): string {
  const ranges: [first: number, last: number][] = [];
  for (let number = Math.max(1, top - WINDOW_SIZE + 1); number <= top; number++) {
    if (((map >> BigInt(top - number)) & 1n) === 0n) continue;
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const words = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
  return words.length === 0 ? 'none' : words.join(', ');
}
