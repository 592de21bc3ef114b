import { Reader, Writer } from './bytes.ts';
import { FormatError } from './error.ts';

export { MAGIC, VERSION, type Kind, writeMagic, readMagic };

/** First three bytes of each fixed layout; the fourth is the version. */
const MAGIC = { request: 'RPq', receipt: 'RPr', extension: 'RPx', closing: 'RPc' } as const;
type Kind = keyof typeof MAGIC;

const VERSION = 1;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const writeMagic = (kind: Kind): Writer =>
  new Writer().bytes(ascii(MAGIC[kind]), 3, 'magic').uint(VERSION, 1, 'version');

/** Starts reading a block that must be a `kind`. */
function readMagic(kind: Kind, block: Uint8Array): Reader {
  const reader = new Reader(block);
  const magic = String.fromCharCode(...reader.bytes(3));
  if (magic !== MAGIC[kind]) throw new FormatError('MAGIC', `the block is not a ${kind}`);
  const version = reader.uint(1);
  if (version !== BigInt(VERSION))
    throw new FormatError('VERSION', `${kind} version ${version} is not known, only ${VERSION}`);
  return reader;
}
