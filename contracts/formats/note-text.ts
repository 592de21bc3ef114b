import type { CID } from 'multiformats/cid';
import { BOUND } from './amount.ts';
import { Reader, Writer, assertUint, fromHex, toHex, utf8 } from './bytes.ts';
import { cidOf, digestOf, parseCid, toBase16 } from './cid.ts';
import { FormatError } from './error.ts';
import type { Execution, PhaseRecord } from './execution.ts';
import { assertField } from './field.ts';
import { MAX_PHASES } from './job.ts';
import { parseKey } from './key.ts';
import { type Counter, PROFILE_INDEX } from './perf.ts';
import { type Receipt, encodeReceipt, parseReceipt } from './receipt.ts';
import { type FieldSignature, readSignature, writeSignature } from './signature.ts';

export { MAX_NOTE_BYTES, type NoteBody, type NoteText, writeNoteText, readNoteText };

/** What every note says, whoever asked for the work. */
interface NoteBody {
  readonly receipt: Receipt;
  /** Key that signed, and its signature over the receipt's commitment. */
  readonly runner: string;
  readonly signature: FieldSignature;
  /** Git commit of the source, 40 hex digits: what the note is attached to. */
  readonly source: string;
  readonly execution: Execution;
  readonly exitStatus: number;
  readonly counters: readonly Counter[];
  /** SHA-256 of the profile as published. */
  readonly profile: Uint8Array;
  readonly blinding: bigint;
  /** The note before this one in the log, or `null` for the first. */
  readonly previous: CID | null;
}

/** The lines that differ between the kinds of note. */
interface NoteText {
  /** `note` for a job of a tab, `run` for one that nobody bought. */
  readonly kind: 'note' | 'run';
  /** Two lines for people. */
  readonly heading: readonly [string, string];
  /** Who asked for the work: one line, a word and a value. */
  readonly order: string;
  /** SHA-256, in hex, of the vault's blocks that the work was given; of a bought job only, see `note.ts`. */
  readonly credentials?: readonly string[];
}

const MAX_CREDENTIALS = 8;

const MAX_NOTE_BYTES = 16 * 1024;

const hexField = (value: bigint, what: string): string =>
  assertField(value, what).toString(16).padStart(64, '0');

function writeNoteText(
  { kind, heading, order, credentials = [] }: NoteText,
  note: NoteBody
): Uint8Array {
  const { receipt, execution } = note;
  assertUint(note.exitStatus, 16, 'exit status');
  parseKey(note.runner);
  fromHex(note.source, 20);
  execution.phases.forEach(assertPhase);
  note.counters.forEach(assertCounter);
  assertCredentials(credentials);
  const lines = [
    ...heading,
    '',
    `${kind} 1`,
    `receipt ${toHex(encodeReceipt(receipt))}`,
    `runner ${note.runner}`,
    `signature ${toHex(writeSignature(new Writer(), note.signature).finish())}`,
    order,
    ...credentials.map((digest) => `credential ${cidOf('raw', fromHex(digest, 32)).toString()}`),
    `result ${cidOf('dag-pb', receipt.result).toString()}`,
    `source ${note.source} ${toHex(execution.source)}`,
    `output ${toHex(execution.output)}`,
    `exit ${note.exitStatus}`,
    ...execution.phases.map(
      (phase) =>
        `phase ${phase.name} ${toHex(phase.script)} ${phase.exitStatus} ` +
        `${phase.milliseconds} ms ${phase.taskClock} ns`
    ),
    ...note.counters.map(
      ({ name, unit, value }) => `counter ${name} ${unit} ${value ?? 'unsupported'}`
    ),
    `profile ${toHex(note.profile)}`,
    `blinding ${hexField(note.blinding, 'blinding')}`,
    `previous ${note.previous === null ? 'none' : toBase16(note.previous)}`,
  ];
  return utf8.encode(lines.map((line) => `${line}\n`).join(''));
}

/**
 * Reads the lines of a `kind`. Whoever calls this encodes what they make of it and compares: heading
 * and result follow from the rest, and only then is the text in its one form.
 *
 * @param order has one group, which comes back as `order`
 */
function readNoteText(
  bytes: Uint8Array,
  kind: NoteText['kind'],
  order: RegExp
): Omit<NoteBody, 'execution'> & {
  readonly order: string;
  readonly credentials?: readonly string[];
  readonly execution: Omit<Execution, 'input'>;
} {
  if (bytes.length > MAX_NOTE_BYTES)
    throw new FormatError(
      'SIZE',
      `a note of ${bytes.length} bytes, at most ${MAX_NOTE_BYTES} allowed`
    );
  const lines = new Lines(utf8.decode(bytes));
  lines.skip(3);
  lines.take(new RegExp(`^${kind} 1$`));
  const receipt = parseReceipt(hexBytes(lines.take(/^receipt ([0-9a-f]+)$/)[0]!));
  const [runner] = lines.take(/^runner ([0-9A-Za-z]{55})$/);
  parseKey(runner!);
  const signatureReader = new Reader(hexBytes(lines.take(/^signature ([0-9a-f]{128})$/)[0]!));
  const signature = readSignature(signatureReader);
  const [ordered] = lines.take(order);
  const credentials = lines
    .takeAll(CREDENTIAL, kind === 'note' ? MAX_CREDENTIALS : 0)
    .map(([cid]) => toHex(digestOf(parseCid(cid!))));
  parseCid(lines.take(/^result (b[a-z2-7]{58})$/)[0]!);
  const [source, sourceDigest] = lines.take(/^source ([0-9a-f]{40}) ([0-9a-f]{64})$/);
  const output = fromHex(lines.take(/^output ([0-9a-f]{64})$/)[0]!, 32);
  const exitStatus = Number(lines.take(/^exit ([0-9]{1,5})$/)[0]);
  const phases = lines.takeAll(PHASE, MAX_PHASES).map(readPhase);
  const counters = lines.takeAll(COUNTER, PROFILE_INDEX).map(readCounter);
  const profile = fromHex(lines.take(/^profile ([0-9a-f]{64})$/)[0]!, 32);
  const blinding = BigInt(`0x${lines.take(/^blinding ([0-9a-f]{64})$/)[0]!}`);
  const previous = lines.take(/^previous (none|f[0-9a-f]{72})$/)[0]!;
  return {
    receipt,
    runner: runner!,
    signature,
    order: ordered!,
    ...(credentials.length === 0 ? {} : { credentials }),
    source: source!,
    execution: { source: fromHex(sourceDigest!, 32), phases, output },
    exitStatus,
    counters,
    profile,
    blinding,
    previous: previous === 'none' ? null : parseCid(previous),
  };
}

const CREDENTIAL = /^credential (b[a-z2-7]{58})$/;
const PHASE =
  /^phase ([a-z][a-z0-9-]{0,30}) ([0-9a-f]{64}) ([0-9]{1,5}) ([0-9]{1,15}) ms ([0-9]{1,17}) ns$/;
const COUNTER = /^counter ([\x21-\x7e]{1,31}) ([\x21-\x7e]{1,31}) (unsupported|[0-9]{1,20})$/;

const readPhase = ([name, script, exitStatus, milliseconds, taskClock]: string[]): PhaseRecord => ({
  name: name!,
  script: fromHex(script!, 32),
  exitStatus: Number(exitStatus),
  milliseconds: BigInt(milliseconds!),
  taskClock: BigInt(taskClock!),
});

const readCounter = ([name, unit, value]: string[]): Counter => ({
  name: name!,
  unit: unit!,
  value: value === 'unsupported' ? undefined : BigInt(value!),
});

/** A set, in one form. */
function assertCredentials(credentials: readonly string[]): void {
  if (credentials.length > MAX_CREDENTIALS)
    throw new FormatError('SIZE', `${credentials.length} credentials, at most ${MAX_CREDENTIALS}`);
  if (credentials.some((digest, i) => i > 0 && credentials[i - 1]! >= digest))
    throw new FormatError('ENCODING', 'the credentials are not in order, or one stands twice');
}

/** What the circuits have room for, and the line for words. */
function assertPhase({ name, exitStatus, milliseconds, taskClock }: PhaseRecord): void {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new FormatError('SHAPE', `${JSON.stringify(name)} is not a short lower-case phase name`);
  assertUint(exitStatus, 16, 'exit status of a phase');
  assertUint(milliseconds, 48, 'duration of a phase');
  assertUint(taskClock, BOUND.taskClock, 'task clock of a phase');
}

function assertCounter({ name, unit, value }: Counter): void {
  if (![name, unit].every((word) => /^[\x21-\x7e]{1,31}$/.test(word)))
    throw new FormatError('SHAPE', `counter ${JSON.stringify(name)} needs a name without spaces`);
  assertUint(value ?? 0n, 64, name);
}

const hexBytes = (text: string): Uint8Array => fromHex(text, text.length / 2);

/** Line by line, each of which has to be there. */
class Lines {
  readonly #lines: string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  skip(count: number): void {
    this.#at += count;
  }

  take(pattern: RegExp): string[] {
    const match = pattern.exec(this.#lines[this.#at] ?? '');
    if (match === null)
      throw new FormatError(
        'SHAPE',
        `line ${this.#at + 1} of the note is not like ${pattern.source}`
      );
    this.#at += 1;
    return match.slice(1);
  }

  takeAll(pattern: RegExp, most: number): string[][] {
    const all: string[][] = [];
    while (all.length < most && pattern.test(this.#lines[this.#at] ?? ''))
      all.push(this.take(pattern));
    return all;
  }
}
