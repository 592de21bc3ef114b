import { Reader, Writer, assertUint, utf8 } from './bytes.ts';
import { BOUND, type Price } from './amount.ts';
import { FormatError } from './error.ts';
import { assertField, fromText } from './field.ts';
import { type PublicKey, formatKey, parseKey } from './key.ts';
import { hashIn } from './poseidon.ts';

export { MINA_TOKEN, TERMS_BYTES, type Terms, writeTerms, readTerms, termsCommitment, keyHash };

/** Id of the native token. */
const MINA_TOKEN = 1n;

/** What both sides of a tab agreed on when it was opened. The tab's account holds its commitment. */
interface Terms {
  /** The node's own network id, such as `mina:testnet`. */
  readonly network: string;
  readonly tab: string;
  readonly service: string;
  /** Signs requests, extensions and closings. */
  readonly requestKey: string;
  readonly refund: string;
  readonly payee: string;
  readonly price: Price;
  readonly token: bigint;
  /** The most that one job may cost. */
  readonly cap: bigint;
}

const KEYS = ['tab', 'service', 'requestKey', 'refund', 'payee'] as const;
const NETWORK_BYTES = 32;

/** 32 network + 5 × 33 keys + 8 base + 8 perSecond + 32 token + 8 cap. */
const TERMS_BYTES = NETWORK_BYTES + 5 * 33 + 8 + 8 + 32 + 8;

function writeTerms(writer: Writer, terms: Terms): Writer {
  fromText(terms.network);
  const network = new Uint8Array(NETWORK_BYTES);
  network.set(utf8.encode(terms.network));
  writer.bytes(network, NETWORK_BYTES, 'network');
  for (const name of KEYS) {
    const key = parseKey(terms[name]);
    writer.uint(key.x, 32, name).uint(Number(key.isOdd), 1, name);
  }
  return writer
    .uint(assertUint(terms.price.base, BOUND.base, 'base price'), 8, 'base price')
    .uint(assertUint(terms.price.perSecond, BOUND.perSecond, 'price per second'), 8, 'price')
    .uint(assertField(terms.token, 'token id'), 32, 'token id')
    .uint(terms.cap, 8, 'cap');
}

function readTerms(reader: Reader): Terms {
  const network = readNetwork(reader.bytes(NETWORK_BYTES));
  const [tab, service, requestKey, refund, payee] = KEYS.map(() => readKey(reader)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const base = assertUint(reader.uint(8), BOUND.base, 'base price');
  const perSecond = assertUint(reader.uint(8), BOUND.perSecond, 'price per second');
  const token = assertField(reader.uint(32), 'token id');
  const cap = reader.uint(8);
  return {
    network,
    tab,
    service,
    requestKey,
    refund,
    payee,
    price: { base, perSecond },
    token,
    cap,
  };
}

/** Poseidon commitment, 15 field elements after the prefix; the tab's third state field. */
function termsCommitment(terms: Terms): bigint {
  const keys = KEYS.map((name) => parseKey(terms[name]));
  return hashIn(
    'terms',
    fromText(terms.network),
    ...keys.flatMap(({ x, isOdd }) => [x, BigInt(isOdd)]),
    assertUint(terms.price.base, BOUND.base, 'base price'),
    assertUint(terms.price.perSecond, BOUND.perSecond, 'price per second'),
    assertField(terms.token, 'token id'),
    assertUint(terms.cap, BOUND.amount, 'cap')
  );
}

/** Commitment to a public key, as the Service account holds its owner's and its runner's. */
function keyHash(key: string): bigint {
  const { x, isOdd } = parseKey(key);
  return hashIn('key', x, BigInt(isOdd));
}

function readNetwork(padded: Uint8Array): string {
  const end = padded.indexOf(0);
  if (end <= 0 || padded.subarray(end).some((byte) => byte !== 0))
    throw new FormatError('ENCODING', 'the network id is not text padded with zeros');
  const network = utf8.decode(padded.subarray(0, end));
  fromText(network);
  return network;
}

function readKey(reader: Reader): string {
  const key: PublicKey = { x: assertField(reader.uint(32), 'x'), isOdd: readBit(reader) };
  const text = formatKey(key);
  parseKey(text);
  return text;
}

function readBit(reader: Reader): boolean {
  const byte = reader.uint(1);
  if (byte > 1n) throw new FormatError('RANGE', `parity ${byte} is neither 0 nor 1`);
  return byte === 1n;
}
