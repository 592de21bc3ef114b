import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { base16 } from 'multiformats/bases/base16';
import { base32 } from 'multiformats/bases/base32';
import { sha256 } from '@noble/hashes/sha2.js';
import { FormatError } from './error.ts';

export {
  CODEC,
  type Codec,
  assertAllowed,
  parseCid,
  cidOf,
  rawCidOf,
  rawCidOfBlock,
  digestOf,
  toBase16,
};

/** The multicodecs we store: nothing else is fetched, followed or published. */
const CODEC = { raw: 0x55, 'dag-pb': 0x70, 'dag-cbor': 0x71 } as const;
type Codec = keyof typeof CODEC;

const SHA2_256 = 0x12;

/**
 * CIDv1, one of three codecs, sha2-256 in full. Identity CIDs carry content that no hash binds,
 * truncated ones are cheap to collide, and CIDv0 is a second name for a CIDv1.
 */
function assertAllowed(cid: CID): CID {
  const { version, code, multihash } = cid;
  if (version !== 1) throw new FormatError('CID', `CIDv${version} is not accepted, only CIDv1`);
  if (!Object.values<number>(CODEC).includes(code))
    throw new FormatError('CID', `codec 0x${code.toString(16)} is not raw, dag-pb or dag-cbor`);
  if (multihash.code !== SHA2_256 || multihash.digest.length !== 32)
    throw new FormatError(
      'CID',
      `hash 0x${multihash.code.toString(16)} of ${multihash.digest.length} bytes is not sha2-256 of 32`
    );
  return cid;
}

/** Lower-case base32 (`b…`) or base16 (`f…`), and only as an encoder would write it. */
function parseCid(text: string): CID {
  if (text.length > 80)
    throw new FormatError('CID', `a CID has at most 73 characters here, not ${text.length}`);
  const base = text.startsWith('f') ? base16 : base32;
  let cid: CID;
  try {
    cid = CID.parse(text, base);
  } catch (cause) {
    throw new FormatError('CID', `${JSON.stringify(text)} is not a CID`, { cause });
  }
  assertAllowed(cid);
  // Not `cid.toString()`: a parsed CID remembers the text it came from, `=` padding included.
  if (text !== base.encode(cid.bytes))
    throw new FormatError('CID', `${JSON.stringify(text)} is not in canonical form`);
  return cid;
}

const cidOf = (codec: Codec, digest: Uint8Array): CID =>
  assertAllowed(CID.createV1(CODEC[codec], createDigest(SHA2_256, digest)));

const rawCidOf = (digest: Uint8Array): CID => cidOf('raw', digest);

/** The CID of a block of ours that is stored as it stands. */
const rawCidOfBlock = (block: Uint8Array): CID => rawCidOf(sha256(block));

const digestOf = (cid: CID): Uint8Array => assertAllowed(cid).multihash.digest;

/** Base 16, as commit messages carry it: the digest stands in it in plain hex. */
const toBase16 = (cid: CID): string => assertAllowed(cid).toString(base16);
