import { statSync } from 'node:fs';
import { describeExit } from '../../contracts/formats/job.ts';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { gatewaySource } from '../../ipfs/trustless.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { type LocalClone, openLocalClone } from '../../oracle/read/from-clone.ts';
import { OracleError } from '../../oracle/error.ts';
import { readRunLog } from '../../oracle/read/from-git.ts';
import { RequesterError } from '../../requester/error.ts';
import { gitLogs } from '../../requester/logs/git.ts';
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from '../../requester/policy.ts';
import {
  type FoundRuns,
  type RunFinding,
  type RunLogs,
  type VerifiedRun,
  findRuns,
  verifyRuns,
} from '../../requester/verify-run.ts';
import type { Cli } from './command.ts';
import { CliError } from './error.ts';
import { readJsonFile } from './json-file.ts';
import { progressOf } from './requester.ts';

export { type VerifyRunOptions, FORMATS, type Format, verifyRun, formatOf, isLocal };

interface VerifyRunOptions {
  readonly log?: string;
  readonly runner?: string;
  readonly policy?: string;
  readonly source?: string;
  readonly format: Format;
}

const FORMATS = ['text', 'json', 'slsa'] as const;
type Format = (typeof FORMATS)[number];

/** @throws CliError `USAGE` */
function formatOf(text: string | undefined, isJson: boolean): Format {
  const format = text ?? (isJson ? 'json' : 'text');
  const known = FORMATS.find((name) => name === format);
  if (known === undefined)
    throw new CliError('USAGE', `--format ${format} is none of ${FORMATS.join(', ')}.`);
  return known;
}

/**
 * Verifies receipts of runs that nobody bought: needs no Mina node, and no gateway but for what is on IPFS.
 *
 * @param isGuess the target may as well be of a tab: then `false` says that no run was found
 * @returns whether it has answered
 */
async function verifyRun(
  cli: Cli,
  target: string,
  options: VerifyRunOptions,
  isGuess: boolean
): Promise<boolean> {
  const { output, settings } = cli;
  const policy = options.policy === undefined ? undefined : policyIn(options.policy);
  const blocks = settings.gateway === undefined ? undefined : gatewaySource([settings.gateway]);
  const log = options.log ?? settings.log;
  const logs = log === undefined ? undefined : await logsAt(log, cli.signal);
  const clone = options.source === undefined ? undefined : await openLocalClone(options.source);
  const branchesWith =
    clone === undefined ? logs?.branchesWith : (commit: string) => clone.branchesWith(commit);

  const found = await find(target, { ...(logs && { logs }), ...(blocks && { blocks }) }, cli, {
    ...{ isGuess, policy, runner: options.runner },
  });
  if (found === undefined) return false;
  const verification = await verifyRuns(
    { ...(blocks && { blocks }), ...(branchesWith && { branchesWith }) },
    found,
    policy,
    progressOf(cli)
  );
  const { ok, findings, runs } = verification;
  const failed = findings.filter((finding) => !finding.ok);
  if (options.format === 'slsa') printStatements(runs, ok, failed);
  else {
    if (options.format === 'text') for (const finding of findings) output.line(lineOf(finding));
    const checks = ok
      ? `all ${findings.length} hold`
      : `${failed.length} of ${findings.length} FAIL`;
    output.result({ ok, checks: findings, runs: runs.map(jsonOf) }, [
      ['runs', runs.length],
      ...runs.slice(0, 8).map((run) => ['run', nameOf(run)] as const),
      ['checks', checks],
    ]);
  }
  process.exitCode = ok ? 0 : 1;
  return true;
}

/** Statements on standard output, for programs; what is wrong on the other. */
function printStatements(
  runs: readonly VerifiedRun[],
  ok: boolean,
  failed: readonly RunFinding[]
): void {
  for (const finding of failed) process.stderr.write(`${lineOf(finding)}\n`);
  if (!ok) return;
  for (const { statement } of runs) {
    if (statement === undefined)
      throw new CliError(
        'SETTINGS',
        'The statement is on IPFS, and no gateway is known; name one with --gateway.'
      );
    process.stdout.write(`${JSON.stringify(statement)}\n`);
  }
}

async function find(
  target: string,
  places: { readonly logs?: RunLogs; readonly blocks?: BlockSource },
  cli: Cli,
  {
    isGuess,
    runner,
    policy,
  }: { isGuess: boolean; runner: string | undefined; policy: Policy | undefined }
): Promise<readonly FoundRuns[] | undefined> {
  try {
    const found = await findRuns(places, target, {
      ...progressOf(cli),
      ...(runner && { runner }),
      policy,
    });
    return isGuess && found.every(({ wanted }) => wanted.length === 0) ? undefined : found;
  } catch (error) {
    if (isGuess && (error instanceof RequesterError || error instanceof OracleError))
      return undefined;
    throw error;
  }
}

function policyIn(path: string): Policy {
  return readJsonFile(path, MAX_POLICY_BYTES, parsePolicy);
}

/** A folder on this machine, or an address. */
async function logsAt(log: string, signal: AbortSignal): Promise<RunLogs> {
  if (!isLocal(log))
    return {
      name: log,
      keys: () => gitLogs.tabs(log, { signal }),
      read: (runner) => readRunLog({ repository: log, runner }, { signal }),
    };
  const clone: LocalClone = await openLocalClone(log);
  return {
    name: log,
    keys: () => clone.keys(),
    read: (runner) => clone.readRunLog(runner, { signal }),
    branchesWith: (commit) => clone.branchesWith(commit),
  };
}

const isLocal = (path: string | undefined): boolean =>
  path !== undefined &&
  !/^https?:/.test(path) &&
  (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);

const lineOf = ({ id, ok, detail, sequence }: RunFinding): string =>
  `${ok ? 'ok  ' : 'FAIL'}  ${(sequence === undefined ? id : `${sequence} ${id}`).padEnd(20)}  ${detail}`;

const nameOf = ({ entry }: VerifiedRun): string => {
  const { origin, exitStatus } = entry.note;
  return `${origin.host}/${origin.repository} ${origin.commit.slice(0, 12)} ${origin.job.name}: ${describeExit(exitStatus)}`;
};

const jsonOf = ({ entry }: VerifiedRun) => ({
  runner: entry.note.runner,
  sequence: entry.note.receipt.sequence,
  commit: entry.id,
  source: entry.note.source,
  origin: entry.note.origin,
  receipt: String(rawCidOf(entry.commit.receipt)),
  result: String(cidOf('dag-pb', entry.note.receipt.result)),
  exit: describeExit(entry.note.exitStatus),
  finishedAt: new Date(entry.note.receipt.finishedAt * 1000).toISOString(),
  counters: Object.fromEntries(
    entry.note.counters.map(({ name, value }) => [name, value?.toString() ?? null])
  ),
});
