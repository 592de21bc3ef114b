export { type SlotClock, timeOfSlot, endOfSlot, slotsFor };

/** A slot that was seen, when it was, and how long slots are: enough to guess at every other one. */
interface SlotClock {
  readonly slot: number;
  /** Milliseconds since 1970 when it was seen. */
  readonly at: number;
  readonly slotMilliseconds: number;
}

/**
 * When a slot begins, in milliseconds since 1970. An estimate: the newest block's slot is at most what
 * the clock says, since slots may stay empty.
 */
const timeOfSlot = ({ slot, at, slotMilliseconds }: SlotClock, wanted: number): number =>
  at + (wanted - slot) * slotMilliseconds;

/** When the last slot in which something counts is over. */
const endOfSlot = (clock: SlotClock, last: number): number => timeOfSlot(clock, last + 1);

/** As many slots as reach over so many milliseconds, at least one. */
const slotsFor = (
  { slotMilliseconds }: Pick<SlotClock, 'slotMilliseconds'>,
  milliseconds: number
): number => Math.max(1, Math.ceil(milliseconds / slotMilliseconds));
