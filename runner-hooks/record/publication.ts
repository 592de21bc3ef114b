export { type AgentContext, type Published, type PublishEvent, publishPending };

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CID } from 'multiformats/cid';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, digestOf, rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { type Execution, executionChain } from '../../contracts/formats/execution.ts';
import { EXIT } from '../../contracts/formats/job.ts';
import { runLog } from '../../contracts/formats/log.ts';
import { type Origin, originCommitment, originDigest } from '../../contracts/formats/origin.ts';
import { perfRoot } from '../../contracts/formats/perf.ts';
import {
  bodyCommitment,
  encodeReceipt,
  parseReceipt,
  receiptCommitment,
} from '../../contracts/formats/receipt.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import type { Content } from '../daemon/content.ts';
import type { RunnerKey } from '../daemon/runner-key.ts';
import { type Lock, lockKey } from '../journal/lock.ts';
import { type Place, appendNote } from '../log/append.ts';
import type { LogHost } from '../log/publish.ts';
import { RESULT } from '../result/layout.ts';
import { RecordError } from './error.ts';
import { isAlive } from './process.ts';
import { bootNow, handleOf } from './run.ts';
import { FILES, type RunEvent, type SpooledRun, listRuns, openRun, putAway } from './spool.ts';
import { hasTicket, sweepTickets } from './ticket.ts';

/** What publishing needs. Outside of any job. */
interface AgentContext {
  readonly spool: string;
  readonly key: RunnerKey;
  /** As `contentOn(node)` gives it. */
  readonly content: Content;
  /** Where the run log is kept: a log repository, or for each run the source repository itself. */
  readonly log: LogHost | ((origin: Origin) => LogHost);
  /** Runs that somebody else ends, whatever becomes of their processes. */
  readonly isFollowed?: (id: string) => boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PublishEvent) => void;
}

type PublishEvent =
  | { readonly kind: 'published'; readonly id: string; readonly result: string }
  | { readonly kind: 'noted'; readonly id: string; readonly commit: string }
  /** Its job went away without an end; its receipt says so. */
  | { readonly kind: 'abandoned'; readonly id: string; readonly reason: string }
  /** Will be tried again at the next call. */
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string };

/** A run whose receipt is on IPFS and in git. CIDs as text, commit 40 hex digits. */
interface Published {
  readonly id: string;
  readonly result: string;
  readonly receipt: string;
  readonly note: string;
  readonly commit: string;
}

type Ended = Extract<RunEvent, { kind: 'ended' }>;
type Stored = Extract<RunEvent, { kind: 'published' }>;

/**
 * Publishes every run that has ended and that nobody bought, oldest first, one after the other; whatever
 * was done before a kill is found done. A run whose target is gone without an end is ended here, with
 * `EXIT.unknown`. One run's failure does not keep the others. Tickets are swept.
 *
 * @throws {JournalError} `LOCKED` where another process does the same with this key and spool
 */
async function publishPending(context: AgentContext): Promise<readonly Published[]> {
  const lock: Lock = lockKey(context.key.publicKey, context.spool);
  try {
    const published: Published[] = [];
    await sweepTickets(context.spool);
    for (const id of await listRuns(context.spool)) {
      if (context.signal?.aborted) break;
      try {
        const run = await openRun(context.spool, id);
        if (context.isFollowed?.(id) !== true) await endIfLost(context, run);
        const { ticket } = run.record;
        if (ticket !== undefined) {
          // Its driver takes it, while there is a ticket.
          if (!(await hasTicket(context.spool, ticket))) await putAway(context.spool, run);
          continue;
        }
        const done = await publishRun(context, run);
        if (done !== undefined) published.push(done);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        context.onEvent?.({ kind: 'failed', id, reason });
      }
    }
    return published;
  } finally {
    lock.release();
  }
}

/** A job that took its hook with it, a runner that was killed, a machine that went down. */
async function endIfLost(context: AgentContext, run: SpooledRun): Promise<void> {
  const events = await run.events();
  if (events.some(({ kind }) => kind === 'ended')) return;
  const attached = events.find((event) => event.kind === 'attached');
  const target = attached?.target;
  const isGone =
    attached !== undefined &&
    (attached.boot !== bootNow().boot ||
      (target && !isAlive(target) && !attached.meters.some(isAlive)));
  const isLate = Date.now() - run.record.startedAt > 2_000 * run.record.seconds;
  if (!isGone && !isLate) return;
  const reason = isGone ? 'its processes are gone' : 'it never ended in the time allowed';
  // What was to be masked only the job's hooks knew.
  await handleOf(run, context.spool).end({ exitStatus: EXIT.unknown, masks: 'lost' });
  context.onEvent?.({ kind: 'abandoned', id: run.id, reason });
}

/** `undefined` for a run that has not ended. */
async function publishRun(context: AgentContext, run: SpooledRun): Promise<Published | undefined> {
  const events = await run.events();
  const ended = events.find((event) => event.kind === 'ended');
  if (ended === undefined) return undefined;
  const options = { ...(context.signal && { signal: context.signal }) };
  const stored = events.find((event) => event.kind === 'published') ?? (await store(context, run));
  const { key, content, log } = context;
  const known = events.findLast(
    (event) => event.kind === 'receipt' && event.runner === key.publicKey
  ) as Extract<RunEvent, { kind: 'receipt' }> | undefined;
  const appended = await appendNote(
    {
      ...(typeof log === 'function' ? log(run.record.origin) : log),
      log: runLog(key.publicKey),
      ...(known && { receipt: sha256(fromHex(known.block, known.block.length / 2)) }),
      note: (place) => compose(context, run, ended, stored, place),
    },
    options
  );
  const note = runLog(key.publicKey).parse(appended.bytes);
  const block = encodeReceipt(note.receipt);
  await content.put(rawCidOfBlock(block), block, options);
  await content.put(appended.note, appended.bytes, options);
  await run.append({
    kind: 'noted',
    commit: appended.commit,
    note: toHex(digestOf(appended.note)),
  });
  context.onEvent?.({ kind: 'noted', id: run.id, commit: appended.commit });
  await putAway(context.spool, run);
  return {
    id: run.id,
    result: cidOf('dag-pb', note.receipt.result).toString(),
    receipt: rawCidOfBlock(block).toString(),
    note: appended.note.toString(),
    commit: appended.commit,
  };
}

async function store({ content, signal, onEvent }: AgentContext, run: SpooledRun): Promise<Stored> {
  const options = { ...(signal && { signal }) };
  const folder = join(run.folder, FILES.result);
  await access(folder).catch((cause: unknown) => {
    throw new RecordError('SPOOL', `the result folder ${folder} is gone; restore it`, { cause });
  });
  const output = digestOf(await content.rootOf(join(folder, RESULT.outputs), options));
  const root: CID = await content.publish(folder, options);
  const stored = {
    kind: 'published',
    output: toHex(output),
    result: toHex(digestOf(root)),
  } as const;
  await run.append(stored);
  onEvent?.({ kind: 'published', id: run.id, result: root.toString() });
  return stored;
}

/**
 * The note for a place in the log. Its receipt is written down before it can be seen anywhere, and the
 * same again wherever the note will stand: so a run is never in the log twice.
 */
async function compose(
  { key }: AgentContext,
  run: SpooledRun,
  { origin, outcome }: Ended,
  { output, result }: Stored,
  { previous, length }: Place
): Promise<RunNote> {
  const execution: Execution = {
    source: outcome.source,
    input: originDigest(origin),
    phases: outcome.phases,
    output: fromHex(output, 32),
  };
  const known = (await run.events()).findLast(
    (event) => event.kind === 'receipt' && event.runner === key.publicKey
  ) as Extract<RunEvent, { kind: 'receipt' }> | undefined;
  const receipt =
    known !== undefined
      ? parseReceipt(fromHex(known.block, known.block.length / 2))
      : {
          sequence: length + 1,
          request: originCommitment(key.publicKey, origin),
          result: fromHex(result, 32),
          body: bodyCommitment({
            execution: executionChain(execution),
            perf: perfRoot(outcome.counters, outcome.profile),
            exitStatus: outcome.exitStatus,
            amount: 0n,
            blinding: outcome.blinding,
          }),
          amount: 0n,
          finishedAt: outcome.finishedAt,
        };
  if (known === undefined)
    await run.append({
      ...{ kind: 'receipt', runner: key.publicKey },
      block: toHex(encodeReceipt(receipt)),
    });
  return {
    receipt,
    origin,
    runner: key.publicKey,
    signature: key.sign(receiptCommitment(receipt)),
    source: origin.commit,
    execution,
    exitStatus: outcome.exitStatus,
    counters: outcome.counters,
    profile: outcome.profile,
    blinding: outcome.blinding,
    previous,
  };
}
