import * as v from 'valibot';
import { equalBytes, utf8 } from '../contracts/formats/bytes.ts';
import {
  CODEC,
  cidOf,
  digestOf,
  parseCid,
  rawCidOf,
  rawCidOfBlock,
} from '../contracts/formats/cid.ts';
import { FormatError } from '../contracts/formats/error.ts';
import { isKey } from '../contracts/formats/key.ts';
import { runLog } from '../contracts/formats/log.ts';
import { originDigest } from '../contracts/formats/origin.ts';
import { type RunNote, encodeRunNote, parseRunNote } from '../contracts/formats/run-note.ts';
import { resolvePath } from '../ipfs/directory.ts';
import { IpfsError } from '../ipfs/error.ts';
import { readFile } from '../ipfs/file.ts';
import type { BlockSource } from '../ipfs/source.ts';
import { type RunCheck, checkRun } from '../oracle/check/run.ts';
import { OracleError } from '../oracle/error.ts';
import type { LogEntry } from '../oracle/read/entry.ts';
import { readRunLogFromBlocks } from '../oracle/read/from-blocks.ts';
import { RequesterError } from './error.ts';
import { type Policy, type PolicyId, candidates, judge } from './policy.ts';
import type { Stepwise } from './requester.ts';

export {
  type RunEntry,
  type RunLogs,
  type RunFinding,
  type FoundRuns,
  type RunVerification,
  type VerifiedRun,
  findRuns,
  verifyRuns,
};

type RunEntry = LogEntry<RunNote>;

/** Where runners' logs are: a git host, a clone. However they are got at, nothing they say is believed. */
interface RunLogs {
  /** For people: an address or a folder. */
  readonly name: string;
  /** Keys whose logs are there, tabs' included. */
  keys(): Promise<readonly string[]>;
  /** From the genesis, oldest first. @throws OracleError */
  read(runner: string): Promise<readonly RunEntry[]>;
  /** See `LocalClone`; absent where there is no clone. */
  readonly branchesWith?: (commit: string) => Promise<readonly string[] | undefined>;
}

/** A line of `runproof verify` about a run. */
interface RunFinding {
  readonly id: RunCheck['id'] | PolicyId | 'log' | 'outputs' | 'statement';
  readonly ok: boolean;
  readonly detail: string;
  /** The run's number in its log; none where the finding is about the log. */
  readonly sequence?: number;
}

interface FoundRuns {
  readonly runner: string;
  readonly place: string;
  /** The whole log, or why it cannot be believed. */
  readonly log: readonly RunEntry[] | OracleError;
  readonly wanted: readonly RunEntry[];
}

interface VerifiedRun {
  readonly entry: RunEntry;
  /** The in-toto statement, where blocks could be had and it is the run's. */
  readonly statement?: object;
}

interface RunVerification {
  readonly ok: boolean;
  readonly findings: readonly RunFinding[];
  readonly runs: readonly VerifiedRun[];
}

const MAX_STATEMENT_BYTES = 8 * 2 ** 20;

/**
 * The runs that a target names: a source commit or log commit, the CID of a receipt, a result or a note,
 * or a runner's key for its whole log. One part for each log that holds some.
 *
 * @param options.runner looks in this log only; a log that cannot be believed is then the answer
 * @param options.policy of a source commit's runs, only the newest of each job that the policy is about
 * are wanted; where it is about none, all are, so that each rule can say why
 * @throws FormatError for a target of no known form; RequesterError `NOT_FOUND`; OracleError where a host
 * is away
 */
async function findRuns(
  { logs, blocks }: { readonly logs?: RunLogs; readonly blocks?: BlockSource },
  target: string,
  {
    runner,
    policy,
    signal,
    onProgress,
  }: Stepwise & { readonly runner?: string; readonly policy?: Policy | undefined } = {}
): Promise<readonly FoundRuns[]> {
  const isWanted = wantedBy(target);
  const named = runner ?? (isKey(target) ? target : undefined);
  if (logs === undefined) return [await fromNote(blocks, target, signal)];
  const found: FoundRuns[] = [];
  for (const key of named === undefined ? await logs.keys() : [named]) {
    await onProgress?.({ stage: 'reading', words: `reading the log of ${key} from ${logs.name}` });
    const log = await readable(logs, key);
    if (log instanceof OracleError) {
      if (named !== undefined) found.push({ runner: key, place: logs.name, log, wanted: [] });
      continue;
    }
    const wanted = log.filter(isWanted);
    if (wanted.length > 0) found.push({ runner: key, place: logs.name, log, wanted });
  }
  if (policy !== undefined && /^[0-9a-f]{40}$/.test(target)) {
    const about = found
      .map((part) => ({ ...part, wanted: candidates(policy, part.wanted, target) }))
      .filter(({ wanted }) => wanted.length > 0);
    if (about.length > 0) return about;
  }
  if (found.length > 0) return found;
  throw new RequesterError(
    'NOT_FOUND',
    `no receipt of a run is known for ${target} in ${logs.name}; fetch its notes (refs/notes/runproof/*), or name another repository with --log.`
  );
}

function wantedBy(target: string): (entry: RunEntry) => boolean {
  if (isKey(target)) return () => true;
  if (/^[0-9a-f]{40}$/.test(target))
    return ({ id, note }) => id === target || note.source === target;
  const cid = parseCid(target);
  const digest = digestOf(cid);
  return ({ commit, note }) =>
    cid.code === CODEC.raw
      ? equalBytes(commit.receipt, digest) || cid.equals(rawCidOfBlock(encodeRunNote(note)))
      : equalBytes(note.receipt.result, digest);
}

/** Logs of tabs are no runners', and hosts that are away are no answer. */
async function readable(logs: RunLogs, key: string): Promise<readonly RunEntry[] | OracleError> {
  try {
    return await logs.read(key);
  } catch (error) {
    if (error instanceof OracleError && !AWAY.includes(error.code)) return error;
    throw error;
  }
}
const AWAY: readonly string[] = ['ABORTED', 'UNREACHABLE', 'TIMEOUT', 'UNAUTHORIZED', 'ADDRESS'];

/** With no git at all: a note names the one before it, so its CID is enough for the log up to it. */
async function fromNote(
  blocks: BlockSource | undefined,
  target: string,
  signal?: AbortSignal
): Promise<FoundRuns> {
  const missing = (why: string): RequesterError =>
    new RequesterError(
      'NOT_FOUND',
      `${why}; name a repository with --log, or a note's CID and a gateway.`
    );
  if (isKey(target) || /^[0-9a-f]{40}$/.test(target) || blocks === undefined)
    throw missing(`no place is known to look for ${target}`);
  const last = parseCid(target);
  let note: RunNote;
  try {
    note = parseRunNote(await blocks.get(last, { signal }));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FormatError || error instanceof IpfsError)
      throw missing(`${target} is not a run's note (${error.message})`);
    throw error;
  }
  const { runner } = note;
  const place = 'IPFS';
  try {
    const log = await readRunLogFromBlocks({ blocks, runner, last }, { ...(signal && { signal }) });
    return { runner, place, log, wanted: log.slice(-1) };
  } catch (error) {
    if (!(error instanceof OracleError) || AWAY.includes(error.code)) throw error;
    return { runner, place, log: error, wanted: [] };
  }
}

/**
 * All that can be checked of runs with neither chain nor account, and what a policy asks of them.
 *
 * @param world.blocks where results and receipts are; their blocks are not looked at without it
 * @throws AbortError
 */
async function verifyRuns(
  world: {
    readonly blocks?: BlockSource;
    readonly branchesWith?: NonNullable<RunLogs['branchesWith']>;
  },
  found: readonly FoundRuns[],
  policy: Policy | undefined,
  {
    signal,
    onProgress,
    onFinding,
  }: Stepwise & {
    readonly onFinding?: (finding: RunFinding) => void;
  } = {}
): Promise<RunVerification> {
  const findings: RunFinding[] = [];
  const runs: VerifiedRun[] = [];
  const tell = (...told: readonly RunFinding[]): void => {
    findings.push(...told);
    for (const finding of told) onFinding?.(finding);
  };
  for (const { runner, place, log, wanted } of found) {
    if (log instanceof OracleError) {
      tell({ id: 'log', ok: false, detail: log.message });
      continue;
    }
    tell({ id: 'log', ok: true, detail: `${log.length} runs of ${runner} in one line, ${place}` });
    for (const entry of wanted) {
      const { sequence } = entry.note.receipt;
      await onProgress?.({ stage: 'reading', words: `checking run ${sequence}` });
      const parent = log[log.indexOf(entry) - 1]?.id ?? runLog(runner).genesis.id;
      const ofBlocks =
        world.blocks === undefined ? undefined : await fetchEvidence(world.blocks, entry, signal);
      const checks = checkRun(entry, { parent, log, ...ofBlocks?.evidence });
      const branches = policy?.reachable
        ? await (world.branchesWith?.(entry.note.source) ?? null)
        : null;
      tell(
        ...[
          ...checks.map((check) => ({
            ...check,
            detail: ofBlocks?.why.get(check.id) ?? check.detail,
          })),
          ...(ofBlocks?.findings ?? []),
          ...(policy === undefined ? [] : judge(policy, entry, log, branches)),
        ].map((finding) => ({ ...finding, sequence }))
      );
      runs.push({ entry, ...(ofBlocks?.statement && { statement: ofBlocks.statement }) });
    }
  }
  return { ok: findings.every(({ ok }) => ok) && runs.length > 0, findings, runs };
}

/** The blocks that an entry names: receipt, result, outputs, statement. */
async function fetchEvidence(
  blocks: BlockSource,
  { commit, note }: RunEntry,
  signal?: AbortSignal
) {
  const why = new Map<string, string>();
  const root = cidOf('dag-pb', note.receipt.result);
  const orNull = async <T>(id: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof IpfsError) && !(error instanceof FormatError)) throw error;
      why.set(id, error.message);
      return null;
    }
  };
  const receiptBlock = await orNull('receipt-block', () =>
    blocks.get(rawCidOf(commit.receipt), { signal })
  );
  const resultRoot = await orNull('result', () => blocks.get(root, { signal }));
  const outputs = await orNull('outputs', () => resolvePath(root, ['outputs'], blocks, { signal }));
  const wanted = cidOf('dag-pb', note.execution.output);
  const statement = await orNull('statement', async () => {
    const { cid } = await resolvePath(root, ['statement.json'], blocks, { signal });
    const bytes = await readFile(cid, blocks, { maxBytes: MAX_STATEMENT_BYTES, signal });
    return parseStatement(bytes);
  });
  const invocation = rawCidOf(originDigest(note.origin)).toString();
  const findings: RunFinding[] = [
    {
      id: 'outputs',
      ok: outputs?.cid.equals(wanted) === true,
      detail: why.get('outputs') ?? `outputs: ${String(outputs?.cid)}, receipt: ${String(wanted)}`,
    },
    {
      id: 'statement',
      ok: statement?.invocationId === invocation,
      detail:
        why.get('statement') ??
        `statement of invocation ${statement?.invocationId ?? 'none'}, receipt: ${invocation}`,
    },
  ];
  return {
    ...{ evidence: { receiptBlock, resultRoot }, findings, why },
    statement: statement?.invocationId === invocation ? statement.value : undefined,
  };
}

/** The runner wrote it, whatever it is: only what is compared is looked at. */
function parseStatement(bytes: Uint8Array): { value: object; invocationId: string | undefined } {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    const { output, success } = v.safeParse(StatementSchema, value);
    if (!success) return { value: {}, invocationId: undefined };
    return {
      value: value as object,
      invocationId: output.predicate.runDetails.metadata.invocationId,
    };
  } catch (cause) {
    throw new FormatError('ENCODING', 'the statement is not JSON', { cause });
  }
}

const StatementSchema = v.object({
  predicate: v.object({
    runDetails: v.object({ metadata: v.object({ invocationId: v.string() }) }),
  }),
});
