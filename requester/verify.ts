import { type Account, readAccount } from '../contracts/chain/account.ts';
import { checkService } from '../contracts/chain/check-service.ts';
import { AccountRefused } from '../contracts/chain/refused.ts';
import { equalBytes, fromHex } from '../contracts/formats/bytes.ts';
import { cidOf, digestOf, rawCidOf } from '../contracts/formats/cid.ts';
import { parseDescriptor } from '../contracts/formats/descriptor.ts';
import { FormatError } from '../contracts/formats/error.ts';
import { genesisId } from '../contracts/formats/log-commit.ts';
import { type TabState, parseTabState } from '../contracts/formats/tab-state.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import { resolvePath } from '../ipfs/directory.ts';
import { IpfsError } from '../ipfs/error.ts';
import type { BlockSource } from '../ipfs/source.ts';
import type { CheckId } from '../oracle/check/check.ts';
import { type ServiceEvidence, checkEntry } from '../oracle/check/entry.ts';
import { checkLog, settledCount } from '../oracle/check/log.ts';
import { OracleError } from '../oracle/error.ts';
import type { LogEntry } from '../oracle/read/entry.ts';
import { type FoundLog, type Hints, findLog, parseTarget } from './find-entry.ts';
import { type JobCredential, credentialsOf } from './job-credentials.ts';
import type { Requester, Stepwise } from './requester.ts';
import { stateOf } from './tab.ts';

export {
  type Finding,
  type FindingId,
  type Verification,
  type VerifiedJob,
  type VerifyOptions,
  verify,
};

/** The oracle's checks, and those that need chain, gateway and repository. */
type FindingId =
  | CheckId
  | 'log'
  | 'note'
  | 'object'
  | 'tab-account'
  | 'service-account'
  | 'outputs'
  | 'credentials';

/** A line of `runproof verify`. */
interface Finding {
  readonly id: FindingId;
  readonly ok: boolean;
  readonly detail: string;
  /** Number of the job that it is about; none where it is about the tab. */
  readonly sequence?: number;
}

interface VerifiedJob {
  readonly entry: LogEntry;
  /** Paid: its commit is at or before the head that the tab's account holds. */
  readonly isSettled: boolean;
  /** Secrets of the vault that it was given; none where the check of them failed. */
  readonly credentials: readonly JobCredential[];
}

interface Verification {
  readonly tab: string;
  readonly repository: string;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly jobs: readonly VerifiedJob[];
}

interface VerifyOptions extends Stepwise {
  /** Each finding as soon as it is made, in the order of the answer. */
  readonly onFinding?: (finding: Finding) => void;
}

/**
 * From the CID of a receipt or result, a commit or a tab's address to everything that can be checked of
 * it, without a key or an account: the git log, the blocks on IPFS, the two accounts, both signatures,
 * and the amount.
 *
 * @throws FormatError for a target of no known form; RequesterError `NOT_FOUND`; ChainError
 */
async function verify(
  requester: Requester,
  target: string,
  hints: Hints = {},
  options: VerifyOptions = {}
): Promise<Verification> {
  const found = await findLog(requester, parseTarget(target), hints, options);
  return verifyLog(requester, found, options);
}

/**
 * The same for a log that was read already, from wherever. What is on IPFS comes from `blocks`: from
 * gateways, or `firstOf([car.blocks, gateways])` where somebody has brought a CAR.
 *
 * @throws ChainError
 */
async function verifyLog(
  requester: Pick<Requester, 'node' | 'networkId' | 'pinned' | 'blocks'>,
  { tab, repository, log, at }: FoundLog,
  { signal, onProgress, onFinding }: VerifyOptions = {}
): Promise<Verification> {
  if (log instanceof OracleError) {
    const finding = { id: findingOf(log), ok: false, detail: log.message };
    onFinding?.(finding);
    return { tab, repository, ok: false, findings: [finding], jobs: [] };
  }
  const wanted = at === undefined ? log : [log[at]!];
  const { terms } = wanted[0]!.note.request;

  await onProgress?.({ stage: 'reading', words: 'reading the accounts' });
  const account = await readAccount(requester.node, tab, { signal });
  const { finding: ofTab, state } = checkTabAccount(requester, account, terms);
  const { findings: ofService, evidence } = await checkServiceAccount(requester, terms, signal);
  const settled = state === undefined ? 0 : (settledCount(tab, log, state.head) ?? 0);

  const findings: Finding[] = [];
  const tell = (...found: readonly Finding[]): void => {
    findings.push(...found);
    for (const finding of found) onFinding?.(finding);
  };
  const jobs: VerifiedJob[] = [];
  tell(ofTab, ...ofService);
  if (state !== undefined) tell(...checkLog(tab, log, state));
  for (const entry of wanted) {
    const index = log.indexOf(entry);
    const isSettled = index < settled;
    const { sequence } = entry.note.receipt;
    await onProgress?.({ stage: 'reading', words: `checking job ${sequence}` });
    const parent = log[index - 1]?.id ?? genesisId(tab);
    const checks = await checkJob(requester.blocks, entry, {
      parent,
      ...(state === undefined ? {} : { tab: { state, isSettled } }),
      ...(evidence === undefined ? {} : { service: evidence }),
      signal,
    });
    const given = await checkCredentials(requester.blocks, entry, evidence, signal);
    tell(...[...checks, ...given.findings].map((check) => ({ ...check, sequence })));
    jobs.push({ entry, isSettled, credentials: given.credentials });
  }
  return { tab, repository, ok: findings.every(({ ok }) => ok), findings, jobs };
}

function findingOf({ code }: OracleError): FindingId {
  switch (code) {
    case 'COMMIT_MALFORMED':
      return 'commit';
    case 'NOTE_MALFORMED':
    case 'NOTE_MISMATCH':
    case 'TREE_MALFORMED':
      return 'note';
    case 'OBJECT':
    case 'PACK':
      return 'object';
    default:
      return 'log';
  }
}

/** The escrow is the pinned contract, locked as it should be, opened for these terms. */
function checkTabAccount(
  requester: Pick<Requester, 'networkId' | 'pinned'>,
  account: Account | null,
  terms: Terms
): { readonly finding: Finding; readonly state?: TabState } {
  const id = 'tab-account';
  try {
    const state = stateOf(requester, account, terms);
    const detail = 'verification key, 13 permissions and terms of the tab are as they should be';
    return { finding: { id, ok: true, detail }, state };
  } catch (error) {
    if (!(error instanceof AccountRefused)) throw error;
    const finding = { id, ok: false, detail: error.message } as const;
    // What the account holds is still worth comparing, where it can be read at all.
    const state = readable(account);
    return state === undefined ? { finding } : { finding, state };
  }
}

function readable(account: Account | null): TabState | undefined {
  try {
    return account?.state ? parseTabState(account.state) : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function checkServiceAccount(
  { node, blocks, pinned }: Pick<Requester, 'node' | 'blocks' | 'pinned'>,
  { service }: Terms,
  signal?: AbortSignal
): Promise<{ readonly findings: readonly Finding[]; readonly evidence?: ServiceEvidence }> {
  const account = await readAccount(node, service, { signal });
  const id = 'service-account';
  let state;
  try {
    const verificationKeyHash = pinned.Service.hash;
    state = checkService(account, service, { verificationKeyHash, mayBePaused: true });
  } catch (error) {
    if (!(error instanceof AccountRefused)) throw error;
    return { findings: [{ id, ok: false, detail: error.message }] };
  }
  const detail = 'verification key and 13 permissions of the service are as they should be';
  const findings: Finding[] = [{ id, ok: true, detail }];
  try {
    const descriptor = parseDescriptor(await blocks.get(rawCidOf(state.descriptor), { signal }));
    return { findings, evidence: { address: service, state, descriptor } };
  } catch (error) {
    findings.push({ id: 'descriptor', ok: false, detail: reasonOf(error, signal) });
    return { findings };
  }
}

type JobEvidence = Omit<Parameters<typeof checkEntry>[1] & object, 'receiptBlock' | 'resultRoot'>;

async function checkJob(
  blocks: BlockSource,
  entry: LogEntry,
  { signal, ...evidence }: JobEvidence & { readonly signal?: AbortSignal }
): Promise<readonly Finding[]> {
  const { receipt, execution } = entry.note;
  const root = cidOf('dag-pb', receipt.result);
  const why = new Map<FindingId, string>();
  const fetched = async (id: FindingId, cid: typeof root): Promise<Uint8Array | null> => {
    try {
      return await blocks.get(cid, { signal });
    } catch (error) {
      why.set(id, reasonOf(error, signal));
      return null;
    }
  };
  const checks = checkEntry(entry, {
    ...evidence,
    receiptBlock: await fetched('receipt-block', rawCidOf(entry.commit.receipt)),
    resultRoot: await fetched('result', root),
  });
  const told = checks.map((check) => ({ ...check, detail: why.get(check.id) ?? check.detail }));
  return [...told, await checkOutputs(blocks, root, execution.output, signal)];
}

/** The outputs as published are those whose digest ends the execution chain. */
async function checkOutputs(
  blocks: BlockSource,
  root: ReturnType<typeof cidOf>,
  expected: Uint8Array,
  signal?: AbortSignal
): Promise<Finding> {
  const id = 'outputs';
  const wanted = String(cidOf('dag-pb', expected));
  try {
    const { cid } = await resolvePath(root, ['outputs'], blocks, { signal });
    const ok = equalBytes(digestOf(cid), expected);
    return { id, ok, detail: ok ? `outputs: ${wanted}` : `outputs: ${String(cid)}, not ${wanted}` };
  } catch (error) {
    return { id, ok: false, detail: reasonOf(error, signal) };
  }
}

/**
 * The secrets of the vault that the note names: that each stands there, bound to this network, service and
 * tab and to jobs, and sealed to an epoch that the service has had. That it opens to its commitment, and
 * that the sealed envelope names it, only who holds a key can tell; see `secret check-proof`.
 */
async function checkCredentials(
  blocks: BlockSource,
  { note }: LogEntry,
  service: ServiceEvidence | undefined,
  signal?: AbortSignal
): Promise<{
  readonly findings: readonly Finding[];
  readonly credentials: readonly JobCredential[];
}> {
  if (note.credentials === undefined) return { findings: [], credentials: [] };
  const id = 'credentials';
  try {
    const credentials = await credentialsOf(blocks, note, { signal });
    const present = service?.state.epoch ?? Infinity;
    const early = credentials.find(({ epoch }) => epoch > present);
    if (early !== undefined) {
      const detail = `${early.block} is sealed to epoch ${early.epoch}, the service is in epoch ${present}`;
      return { findings: [{ id, ok: false, detail }], credentials: [] };
    }
    const cids = note.credentials.map((block) => String(rawCidOf(fromHex(block, 32))));
    const detail = `bound to this service and tab: ${cids.join(', ')}`;
    return { findings: [{ id, ok: true, detail }], credentials };
  } catch (error) {
    return { findings: [{ id, ok: false, detail: reasonOf(error, signal) }], credentials: [] };
  }
}

/** What a block's source or content says against it. @throws whatever is no such thing */
function reasonOf(error: unknown, signal?: AbortSignal): string {
  signal?.throwIfAborted();
  if (error instanceof IpfsError || error instanceof FormatError) return error.message;
  throw error;
}
