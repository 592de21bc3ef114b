import { Bool, Field, Gadgets, Provable, Struct, UInt32 } from 'o1js';
import { PackedUInt32Factory } from 'o1js-pack';
import { WINDOW_SIZE } from '../formats/window.ts';
import { assertBelow } from './range.ts';
import { witness } from './witness.ts';

export { admit };

/** Low and high half of the map, then the top: `map + top·2^64` in one element. */
class PackedWindow extends PackedUInt32Factory(3) {}

class Split extends Struct({ kept: Field, overflow: Field }) {}
class BitAt extends Struct({ above: Field, bit: Bool }) {}

/**
 * The packed window after settling `sequence`; fails if that number is settled already or has
 * fallen out of the window. Equal to `admit` in `formats/window.ts`.
 *
 * Constrains the shift by a power of two instead of moving 64 bits: `power = 2^distance` from the
 * distance's six bits, `map·power = overflow·2^64 + kept` with both parts below 2^64, and
 * `map = above·2·power + bit·power + below` with `below < power`, which makes `bit` the one bit in
 * question. All products stay below 2^129. 47 rows.
 */
function admit(window: Field, sequence: UInt32): Field {
  const [mapLow, mapHigh, top] = PackedWindow.unpack(window) as [UInt32, UInt32, UInt32];
  const map = mapLow.value.add(mapHigh.value.mul(1n << 32n)).seal();

  const isAhead = top.lessThan(sequence);
  const distance = Provable.if(
    isAhead,
    sequence.value.sub(top.value),
    top.value.sub(sequence.value)
  );
  const isFar = UInt32.Unsafe.fromField(distance).greaterThanOrEqual(UInt32.from(WINDOW_SIZE));
  const power = powerOfTwo(Provable.if(isFar, Field(0), distance));

  const { kept } = split(map.mul(power).seal());
  const { bit } = bitAt(map, power);
  const isSettled = isAhead.not().and(bit);
  const isLost = isAhead.not().and(isFar);
  isSettled.assertFalse('the sequence number is settled already');
  isLost.assertFalse('the sequence number is below the window');

  const ahead = Provable.if(isFar, Field(0), kept).add(1);
  const behind = map.add(power);
  const newMap = Provable.if(isAhead, ahead, behind);
  const newTop = Provable.if(isAhead, sequence.value, top.value);
  return newMap.add(newTop.mul(1n << 64n)).seal();
}

/** `2^exponent` for an exponent below 64, which its six bits enforce. */
function powerOfTwo(exponent: Field): Field {
  return exponent.toBits(6).reduce(
    (power, bit, i) =>
      power
        .mul(
          bit
            .toField()
            .mul((1n << (1n << BigInt(i))) - 1n)
            .add(1)
        )
        .seal(),
    Field(1)
  );
}

/** `value = overflow·2^64 + kept`. */
function split(value: Field): { kept: Field } {
  const { kept, overflow } = witness('window.split', Split, () => ({
    kept: Field(value.toBigInt() & ((1n << 64n) - 1n)),
    overflow: Field(value.toBigInt() >> 64n),
  }));
  Gadgets.rangeCheck64(kept);
  Gadgets.rangeCheck64(overflow);
  value.assertEquals(overflow.mul(1n << 64n).add(kept));
  return { kept };
}

/** Whether the bit of `map` that `power` stands for is set. */
function bitAt(map: Field, power: Field): { bit: Bool } {
  const { above, bit } = witness('window.bit', BitAt, () => ({
    above: Field(map.toBigInt() / (2n * power.toBigInt())),
    bit: Bool((map.toBigInt() & power.toBigInt()) !== 0n),
  }));
  const below = map.sub(power.mul(above.mul(2).add(bit.toField()))).seal();
  Gadgets.rangeCheck64(above);
  assertBelow(below, 64);
  assertBelow(power.sub(1).sub(below).seal(), 64);
  return { bit };
}
