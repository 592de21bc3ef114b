import { assertUint } from './bytes.ts';
import { headField, headOfField } from './log-commit.ts';
import { readMagic, writeMagic } from './magic.ts';
import { hashIn } from './poseidon.ts';
import {
  SIGNATURE_BYTES,
  type FieldSignature,
  readSignature,
  writeSignature,
} from './signature.ts';
import { TERMS_BYTES, type Terms, readTerms, termsCommitment, writeTerms } from './terms.ts';

export {
  EXTENSION_BYTES,
  CLOSING_BYTES,
  type Extension,
  type SignedExtension,
  type Closing,
  type SignedClosing,
  encodeExtension,
  parseExtension,
  extensionCommitment,
  encodeClosing,
  parseClosing,
  closingCommitment,
};

/** The requester's order to move the tab's expiry out. The daemon proves and sends it. */
interface Extension {
  readonly terms: Terms;
  /** New expiry, in slots since genesis; later than the old one. */
  readonly expiry: number;
}
interface SignedExtension extends Extension {
  /** By the request key, over {@link extensionCommitment} alone. */
  readonly signature: FieldSignature;
}

/** The requester's order to end the tab early. Counts once the runner has signed it too. */
interface Closing {
  readonly terms: Terms;
  /** Object id of the last commit that has to be settled before the tab ends. */
  readonly head: string;
}
interface SignedClosing extends Closing {
  /** By the request key, over {@link closingCommitment} alone; the runner signs the same. */
  readonly signature: FieldSignature;
}

const EXTENSION_BYTES = 4 + TERMS_BYTES + 4 + SIGNATURE_BYTES;
const CLOSING_BYTES = 4 + TERMS_BYTES + 20 + SIGNATURE_BYTES;

const encodeExtension = ({ terms, expiry, signature }: SignedExtension): Uint8Array =>
  writeSignature(
    writeTerms(writeMagic('extension'), terms).uint(expiry, 4, 'expiry'),
    signature
  ).finish();

function parseExtension(block: Uint8Array): SignedExtension {
  const reader = readMagic('extension', block);
  const terms = readTerms(reader);
  const expiry = Number(reader.uint(4));
  const signature = readSignature(reader);
  reader.end();
  return { terms, expiry, signature };
}

const extensionCommitment = ({ terms, expiry }: Extension): bigint =>
  hashIn('extension', termsCommitment(terms), assertUint(expiry, 32, 'expiry'));

const encodeClosing = ({ terms, head, signature }: SignedClosing): Uint8Array =>
  writeSignature(
    writeTerms(writeMagic('closing'), terms).uint(headField(head), 20, 'head'),
    signature
  ).finish();

function parseClosing(block: Uint8Array): SignedClosing {
  const reader = readMagic('closing', block);
  const terms = readTerms(reader);
  const head = headOfField(reader.uint(20));
  const signature = readSignature(reader);
  reader.end();
  return { terms, head, signature };
}

const closingCommitment = ({ terms, head }: Closing): bigint =>
  hashIn('closing', termsCommitment(terms), headField(head));
