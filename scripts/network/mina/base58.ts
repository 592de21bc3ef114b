import { sha256 } from '@noble/hashes/sha2.js';
import { base58btc } from 'multiformats/bases/base58';

export { fieldToBase58 };
export type { HashKind };

type HashKind = keyof typeof VERSION_BYTE;

/** `Base58_check` version bytes of MinaProtocol/mina, `src/lib/base58_check/version_bytes.ml`. */
const VERSION_BYTE = {
  ledgerHash: 5,
  receiptChainHash: 12,
  epochSeed: 13,
  stateHash: 16,
} as const;

/** These types are versioned `bin_prot` records, so a version number stands before the field. */
const VERSION_NUMBER = 1;

/** A hash as GraphQL shows it: Base58Check of one field element, 32 bytes little endian. */
function fieldToBase58(kind: HashKind, field: bigint): string {
  const body = new Uint8Array(34);
  body[0] = VERSION_BYTE[kind];
  body[1] = VERSION_NUMBER;
  for (let i = 0, rest = field; i < 32; i++, rest >>= 8n) body[2 + i] = Number(rest & 0xffn);
  const checksum = sha256(sha256(body)).subarray(0, 4);
  return base58btc.baseEncode(Uint8Array.of(...body, ...checksum));
}
