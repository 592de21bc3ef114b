import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { FormatError } from './error.ts';

export { Writer, Reader, fromHex, toHex, utf8, assertUint, equalBytes };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const utf8 = {
  encode: (text: string): Uint8Array => encoder.encode(text),
  /** Strict: malformed UTF-8 is an error, never U+FFFD. */
  decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new FormatError('ENCODING', 'the bytes are not well-formed UTF-8', { cause });
    }
  },
};

const toHex = (bytes: Uint8Array): string => bytesToHex(bytes);

/** Lower-case hex of exactly `length` bytes. */
function fromHex(text: string, length: number): Uint8Array {
  if (!Number.isInteger(length) || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text))
    throw new FormatError('ENCODING', `expected ${2 * length} lower-case hex digits`);
  return hexToBytes(text);
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

function assertUint(value: bigint | number, bits: number, what: string): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new FormatError('RANGE', `${what} ${value} is not a whole number`);
  const number = BigInt(value);
  if (number < 0n || number >> BigInt(bits) !== 0n)
    throw new FormatError('RANGE', `${what} ${value} is not an unsigned ${bits}-bit number`);
  return number;
}

/** Appends big-endian fields. */
class Writer {
  readonly #parts: number[] = [];

  uint(value: bigint | number, length: number, what: string): this {
    const number = assertUint(value, 8 * length, what);
    for (let i = length - 1; i >= 0; i--)
      this.#parts.push(Number((number >> BigInt(8 * i)) & 255n));
    return this;
  }

  bytes(bytes: Uint8Array, length: number, what: string): this {
    if (bytes.length !== length)
      throw new FormatError('SIZE', `${what} has ${bytes.length} bytes, expected ${length}`);
    this.#parts.push(...bytes);
    return this;
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }
}

/** Reads what {@link Writer} wrote; `end()` refuses anything left over. */
class Reader {
  #at = 0;

  constructor(private readonly source: Uint8Array) {}

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.source.length)
      throw new FormatError(
        'SIZE',
        `the block ends after ${this.source.length} bytes, at least ${this.#at + length} expected`
      );
    // Not `slice`, which on a Node Buffer shares memory with the caller's block.
    const part = new Uint8Array(this.source.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  uint(length: number): bigint {
    return this.bytes(length).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  end(): void {
    const rest = this.source.length - this.#at;
    if (rest !== 0) throw new FormatError('SIZE', `${rest} bytes too many at the end of the block`);
  }
}
