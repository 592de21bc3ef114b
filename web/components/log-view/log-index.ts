export { type Row, type PhaseMark, LogIndex, ROW_BYTES };

/** Longer lines are shown in rows of this many bytes, so that no row can stop the page. */
const ROW_BYTES = 4096;
/** Rows between two that the index knows: a hundred million of them still fit in memory. */
const STEP = 64;
/** Bytes or rows between two breaths while indexing. */
const BREATH = 4096;
const MAX_PHASES = 16;

/** Where a row stands in the log. */
interface Row {
  readonly start: number;
  /** Without its line feed. */
  readonly end: number;
  /** From 0. */
  readonly line: number;
  /** Whether it goes on with the line of the row before. */
  readonly isContinued: boolean;
}

/** Where a phase begins, by the line that the runner writes. */
interface PhaseMark {
  readonly name: string;
  readonly row: number;
}

const LINE_FEED = 0x0a;
const PHASE = /^\[runproof: phase ([a-z][a-z0-9-]{0,30})\]$/;
const BRACKET = 0x5b;
const PHASE_BYTES = 64;

/**
 * Finds rows in the bytes of a log. It keeps one offset in {@link STEP} rows and reads the rest again
 * when it is asked, so its size is a fraction of the log's, whatever stands in there.
 */
class LogIndex {
  #rows = 0;
  #lines = 0;
  #offsets = new Uint32Array(1024);
  #lineAt = new Uint32Array(1024);
  readonly phases: PhaseMark[] = [];

  private constructor(readonly bytes: Uint8Array) {}

  /** Yields how many bytes are done. */
  static *over(bytes: Uint8Array): Generator<number, LogIndex> {
    const index = new LogIndex(bytes);
    let breath = 0;
    for (let start = 0; start < bytes.length;) {
      const { end, next } = rowFrom(bytes, start);
      index.#add(start);
      if (bytes[start] === BRACKET && end - start <= PHASE_BYTES) index.#mark(start, end);
      index.#rows += 1;
      if (next > end) index.#lines += 1;
      if (next - breath > BREATH * 16 || index.#rows % BREATH === 0) {
        yield next;
        breath = next;
      }
      start = next;
    }
    // A last line without its line feed is a line.
    if (bytes.length > 0 && bytes[bytes.length - 1] !== LINE_FEED) index.#lines += 1;
    return index;
  }

  get rows(): number {
    return this.#rows;
  }

  get lines(): number {
    return this.#lines;
  }

  /** @throws RangeError for a row that is not there */
  row(number: number): Row {
    if (!(number >= 0 && number < this.#rows)) throw new RangeError(`there is no row ${number}`);
    const step = Math.floor(number / STEP);
    let start = this.#offsets[step]!;
    let line = this.#lineAt[step]!;
    let { end, next } = rowFrom(this.bytes, start);
    for (let at = step * STEP; at < number; at++) {
      if (next > end) line += 1;
      start = next;
      ({ end, next } = rowFrom(this.bytes, start));
    }
    return { start, end, line, isContinued: this.#isContinued(start) };
  }

  /** The first row of a line, or of the last line where there are fewer. */
  rowOfLine(line: number): number {
    if (this.#rows === 0) return 0;
    const wanted = Math.min(line, this.#lines - 1);
    let low = 0;
    let high = Math.ceil(this.#rows / STEP) - 1;
    // The last step that begins before the line; in it, or at the next one, stands its first row.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineAt[middle]! < wanted) low = middle;
      else high = middle - 1;
    }
    for (let row = low * STEP; row < this.#rows; row++)
      if (this.row(row).line === wanted) return row;
    return this.#rows - 1;
  }

  /** A run of rows whose text can be decoded at once, as it holds whole lines only; or one row. */
  runFrom(row: number): { readonly start: number; readonly end: number; readonly rows: number } {
    const step = row / STEP;
    if (Number.isInteger(step) && (step + 1) * STEP < this.#rows) {
      const [start, end] = [this.#offsets[step]!, this.#offsets[step + 1]!];
      const lines = this.#lineAt[step + 1]! - this.#lineAt[step]!;
      const whole = lines === STEP;
      if (whole) return { start, end, rows: STEP };
    }
    const { start, end } = this.row(row);
    return { start, end, rows: 1 };
  }

  /** Bytes of a whole line, however many rows it takes. */
  line(line: number): Uint8Array {
    const { start } = this.row(this.rowOfLine(line));
    const feed = this.bytes.indexOf(LINE_FEED, start);
    return this.bytes.subarray(start, feed < 0 ? undefined : feed);
  }

  #isContinued(start: number): boolean {
    return start > 0 && this.bytes[start - 1] !== LINE_FEED;
  }

  #add(start: number): void {
    if (this.#rows % STEP !== 0) return;
    const step = this.#rows / STEP;
    if (step === this.#offsets.length) {
      this.#offsets = grown(this.#offsets);
      this.#lineAt = grown(this.#lineAt);
    }
    this.#offsets[step] = start;
    this.#lineAt[step] = this.#lines;
  }

  #mark(start: number, end: number): void {
    if (this.phases.length >= MAX_PHASES || this.#isContinued(start)) return;
    const name = PHASE.exec(new TextDecoder().decode(this.bytes.subarray(start, end)))?.[1];
    // The job can write such a line as well; the runner's comes first.
    if (name !== undefined && this.phases.every((phase) => phase.name !== name))
      this.phases.push({ name, row: this.#rows });
  }
}

/** `next` is where the row after it begins: behind the line feed, if it ends with one. */
function rowFrom(bytes: Uint8Array, start: number): { end: number; next: number } {
  const most = Math.min(start + ROW_BYTES, bytes.length);
  const feed = bytes.subarray(start, Math.min(most + 1, bytes.length)).indexOf(LINE_FEED);
  if (feed >= 0) return { end: start + feed, next: start + feed + 1 };
  let end = most;
  // Not within a character: bytes 10xxxxxx go on with the one before, three at most.
  for (let back = 0; back < 3 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80; back++) end--;
  return { end, next: end };
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
