export { type RunnerTable, type RunnerChange, readRunners, chooseRunner, changeRunner };

import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { InstallError } from './error.ts';

const text = v.optional(v.string());

/** What is looked at of one `[[runners]]` of GitLab Runner's `config.toml`; all else stays as it is. */
const RunnerSchema = v.object({
  name: text,
  url: text,
  token: text,
  executor: text,
  shell: text,
  pre_build_script: text,
  post_build_script: text,
  custom: v.optional(v.record(v.string(), v.unknown())),
});
type RunnerTable = v.InferOutput<typeof RunnerSchema>;
const ConfigSchema = v.object({ runners: v.optional(v.array(RunnerSchema), []) });

/** Of one runner; a table is added behind its own values. */
interface RunnerChange {
  readonly values: Readonly<Record<string, string>>;
  readonly table?: {
    readonly name: string;
    readonly values: Readonly<Record<string, string | number | readonly string[]>>;
  };
  /** Stands behind each changed line, so that it is known again among those of other runners. */
  readonly comment: string;
}

/** @throws {InstallError} `TARGET` */
function readRunners(config: string): readonly RunnerTable[] {
  const result = v.safeParse(ConfigSchema, parsed(config), { abortEarly: true });
  if (result.success) return result.output.runners;
  const [issue] = result.issues;
  throw new InstallError(
    'TARGET',
    `this is no configuration of GitLab Runner: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`
  );
}

/**
 * Its place among the runners of a file.
 * @throws {InstallError} `TARGET` where none fits, or several do
 */
function chooseRunner(
  runners: readonly RunnerTable[],
  { name, tokenPrefix }: { readonly name?: string; readonly tokenPrefix?: string }
): number {
  const fitting = runners.flatMap((runner, index) =>
    (name === undefined || runner.name === name) &&
    (tokenPrefix === undefined || runner.token?.startsWith(tokenPrefix) === true)
      ? [index]
      : []
  );
  if (fitting.length === 1) return fitting[0]!;
  const names = runners.map((runner) => JSON.stringify(runner.name ?? '')).join(', ');
  throw new InstallError(
    'TARGET',
    fitting.length === 0
      ? `no runner there fits; it has ${names || 'none'}`
      : `${fitting.length} runners there fit: ${names}; choose one with --name or --token-prefix`
  );
}

/**
 * The file with one runner changed, and every other byte as it was: comments, order, what we do not know.
 * Whether that succeeded is seen by reading it again.
 *
 * @throws {InstallError} `TARGET` where the file is laid out in a way that this does not understand
 */
function changeRunner(config: string, index: number, change: RunnerChange): string {
  const lines: string[] = config.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const heads = lines.flatMap((line, at) => (HEAD.test(line) ? [at] : []));
  const start = heads[index];
  if (start === undefined || heads.length !== readRunners(config).length) throw notUnderstood();
  const next = lines.findIndex((line, at) => at > start && TABLE.test(line));
  let own = lines.slice(start + 1, next === -1 ? lines.length : next);
  const rest = next === -1 ? [] : lines.slice(next);
  const indent = /^[ \t]*/.exec(own.find((line) => /^\s*[\w"']/.test(line)) ?? '  ')![0];
  for (const [key, value] of Object.entries(change.values))
    own = withValue(own, key, `${indent}${key} = ${JSON.stringify(value)} # ${change.comment}\n`);
  const changed = [
    ...lines.slice(0, start + 1),
    ...withoutTail(own),
    ...tableLines(change, indent),
    ...tailOf(own),
    ...rest,
  ].join('');
  assertChanged(config, changed, index, change);
  return changed;
}

const HEAD = /^\s*\[\[\s*runners\s*\]\]\s*(#.*)?$/;
const TABLE = /^\s*\[/;
const isEmpty = (line: string): boolean => /^\s*(#.*)?$/.test(line);

/** Empty lines and comments at the end belong to what comes next. */
const withoutTail = (lines: readonly string[]): string[] => {
  const last = lines.findLastIndex((line) => !isEmpty(line));
  return lines.slice(0, last + 1).map((line) => (line.endsWith('\n') ? line : `${line}\n`));
};
const tailOf = (lines: readonly string[]): readonly string[] =>
  lines.slice(lines.findLastIndex((line) => !isEmpty(line)) + 1);

/** In the place of the value that stands there, however many lines it has; or behind all others. */
function withValue(lines: readonly string[], key: string, line: string): string[] {
  const at = lines.findIndex((one) => new RegExp(`^\\s*${key}\\s*=`).test(one));
  if (at === -1) return [...withoutTail(lines), line, ...tailOf(lines)];
  const [, quotes] = /=\s*("""|''')/.exec(lines[at]!) ?? [];
  const isOpen = quotes !== undefined && lines[at]!.split(quotes).length === 2;
  const end = isOpen ? lines.findIndex((one, i) => i > at && one.includes(quotes)) : at;
  return [...lines.slice(0, at), line, ...lines.slice(end + 1)];
}

const tableLines = ({ table, comment }: RunnerChange, indent: string): string[] =>
  table === undefined
    ? []
    : [
        `${indent}[runners.${table.name}] # ${comment}\n`,
        ...Object.entries(table.values).map(
          ([key, value]) => `${indent}  ${key} = ${JSON.stringify(value)}\n`
        ),
      ];

function assertChanged(
  before: string,
  after: string,
  index: number,
  { values, table }: RunnerChange
): void {
  const wanted = parsed(before) as { runners: Record<string, unknown>[] };
  Object.assign(wanted.runners[index]!, values, table && { [table.name]: table.values });
  let found: unknown;
  try {
    found = parsed(after);
  } catch (cause) {
    throw notUnderstood(cause);
  }
  if (!isDeepStrictEqual(plain(found), plain(wanted))) throw notUnderstood();
}

/** The parser's objects have no prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const notUnderstood = (cause?: unknown): InstallError =>
  new InstallError(
    'TARGET',
    'the file is laid out in a way that Runproof does not change safely; write each runner as [[runners]] with a value a line',
    { cause }
  );

function parsed(config: string): unknown {
  try {
    return parse(config);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new InstallError('TARGET', `the file is not TOML: ${why}`, { cause });
  }
}
