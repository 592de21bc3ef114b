import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PackLimits, PACK_LIMITS, assertPack } from '../../git/pack.ts';

const BLOB = 3;
const OFS_DELTA = 6;

/** Seven bits a byte, least significant first. */
function little(value: number): number[] {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

function header(type: number, size: number): number[] {
  const rest = Math.floor(size / 16);
  const first = (type << 4) | (size & 15);
  return rest === 0 ? [first] : [first | 128, ...little(rest)];
}

const object = (type: number, data: Uint8Array, size = data.length): Buffer =>
  Buffer.concat([Buffer.from(header(type, size)), deflateSync(data)]);

/** A delta on the object that starts `distance` (below 128) bytes before. */
const delta = (distance: number, base: number, result: number): Buffer => {
  const data = Uint8Array.from([...little(base), ...little(result), 0x90, base]);
  return Buffer.concat([
    Buffer.from([...header(OFS_DELTA, data.length), distance]),
    deflateSync(data),
  ]);
};

function pack(objects: readonly Buffer[], { count = objects.length, version = 2 } = {}): Buffer {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(version, 4);
  head.writeUInt32BE(count, 8);
  return sealed(Buffer.concat([head, ...objects]));
}
const sealed = (body: Buffer): Buffer =>
  Buffer.concat([body, createHash('sha1').update(body).digest()]);

const refusing = (bytes: Uint8Array, code: string, limits: Partial<PackLimits> = {}): void =>
  expect(() => assertPack(bytes, { ...PACK_LIMITS, ...limits })).toThrow(
    expect.objectContaining({ code }) as Error
  );

const small = object(BLOB, Buffer.from('a note'));

describe('a pack', () => {
  it('passes when every object is what it states and within the limits', () => {
    assertPack(pack([]));
    assertPack(
      pack([small, object(BLOB, Buffer.alloc(16 * 1024, 'x')), object(BLOB, Buffer.of())])
    );
    assertPack(pack([small, delta(small.length, 6, 6)]));
  });

  it('G3: is refused for an object over the limit, by the size it states or by the one it has', () => {
    refusing(pack([object(BLOB, Buffer.alloc(16 * 1024 + 1))]), 'TOO_LARGE');
    refusing(pack([object(BLOB, Buffer.from('short'), 100)]), 'PACK');
    refusing(pack([object(BLOB, Buffer.of(), 2 ** 45)]), 'TOO_LARGE');
  });

  it('G3: stops inflating a bomb at the stated size', () => {
    const bomb = pack([object(BLOB, Buffer.alloc(50_000_000), 100)]);
    expect(() => assertPack(bomb)).toThrow(
      // Not by its size after all 50 MB: one byte more than stated ends it.
      expect.objectContaining({
        code: 'PACK',
        message: expect.stringMatching(/more than the 100/) as string,
      })
    );
  });

  it('G3: is refused for a delta that blows up, rests on nothing, or stands on too many others', () => {
    refusing(pack([small, delta(small.length, 6, 100_000)]), 'TOO_LARGE');
    refusing(pack([small, delta(small.length - 1, 6, 6)]), 'PACK');
    refusing(pack([small, delta(0, 6, 6)]), 'PACK');
    const link = delta(1, 6, 6).length;
    const tower = [small, delta(small.length, 6, 6), delta(link, 6, 6), delta(link, 6, 6)];
    assertPack(pack(tower), { ...PACK_LIMITS, deltas: 3 });
    refusing(pack(tower), 'TOO_LARGE', { deltas: 2 });
  });

  it('G3: is refused for too many objects and for too much of them together', () => {
    refusing(pack([small, small]), 'TOO_LARGE', { objects: 1 });
    refusing(pack([], { count: 2 ** 32 - 1 }), 'TOO_LARGE');
    refusing(pack([small, small]), 'TOO_LARGE', { totalBytes: 11 });
    assertPack(pack([small, small]), { ...PACK_LIMITS, totalBytes: 12 });
  });

  it('is refused for tags, deltas by name and types that do not exist', () => {
    for (const type of [0, 4, 5, 7]) refusing(pack([object(type, Buffer.from('x'))]), 'PACK');
  });

  it('is refused when it is cut, longer than its objects, of another version or not hashed right', () => {
    const whole = pack([small]);
    refusing(whole.subarray(0, 20), 'PACK');
    refusing(Buffer.of(), 'PACK');
    refusing(sealed(whole.subarray(0, -25)), 'PACK');
    refusing(pack([small], { count: 2 }), 'PACK');
    refusing(pack([small, Buffer.from('tail')], { count: 1 }), 'PACK');
    refusing(pack([small], { version: 3 }), 'PACK');
    const flipped = Buffer.from(whole);
    flipped[whole.length - 1]! ^= 1;
    refusing(flipped, 'PACK');
  });

  it('never fails in any other way, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(5), (noise, count) => {
        try {
          assertPack(pack([Buffer.from(noise)], { count }));
        } catch (error) {
          expect(error).toMatchObject({ name: 'GitError' });
        }
      })
    );
  });
});
