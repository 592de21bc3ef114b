import Table from 'cli-table3';
import ora, { type Ora } from 'ora';

export { Output, type Row, inert };

type Row = readonly [label: string, value: string | number];

/** JSON for scripts, sentences and tables for people; progress goes to standard error only. */
class Output {
  #spinner: Ora | undefined;
  readonly #start = performance.now();

  constructor(
    readonly isJson: boolean,
    private readonly out: NodeJS.WritableStream = process.stdout,
    private readonly err: NodeJS.WriteStream = process.stderr
  ) {}

  /** The command's result: one JSON line, or a table of two columns. */
  result(json: Readonly<Record<string, unknown>>, rows: readonly Row[]): void {
    this.done();
    if (this.isJson) this.out.write(`${JSON.stringify(json, bigintToText)}\n`);
    else this.out.write(`${tableOf(rows)}\n`);
  }

  /** One line for people; nothing with `--json`. */
  line(text: string): void {
    this.done();
    if (!this.isJson) this.out.write(`${inert(text)}\n`);
  }

  /** What is going on, how far, and since when: a spinner on a terminal, else a line a step. */
  progress(text: string): void {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(0).padStart(4);
    const line = `${seconds} s  ${inert(text)}`;
    if (!this.err.isTTY) this.err.write(`${line}\n`);
    else if (this.#spinner === undefined)
      this.#spinner = ora({ text: line, stream: this.err }).start();
    else this.#spinner.text = line;
  }

  /** Leaves the last progress line standing. */
  done(): void {
    this.#spinner?.stopAndPersist({ symbol: '·' });
    this.#spinner = undefined;
  }
}

/** Descriptors, hosts and logs are strangers' words: none of them may move the cursor or turn text round. */
const inert = (text: string): string => text.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '\ufffd');

const bigintToText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

function tableOf(rows: readonly Row[]): string {
  const table = new Table({ style: { head: [], border: [] }, wordWrap: true });
  table.push(...rows.map(([label, value]) => [label, inert(String(value))]));
  return table.toString();
}
