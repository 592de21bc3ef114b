export { type RunOrigin, type BeginOptions, begin, reopen };

import { equalBytes, toHex } from '../../contracts/formats/bytes.ts';
import { FormatError } from '../../contracts/formats/error.ts';
import { type Origin as RunOrigin, encodeOrigin } from '../../contracts/formats/origin.ts';
import { RecordError } from './error.ts';
import { type RunHandle, handleOf } from './run.ts';
import { createRun, openRun } from './spool.ts';
import { claimOf } from './ticket.ts';

interface BeginOptions {
  /** Unix milliseconds; default now. */
  readonly startedAt?: number;
  /** SHA-256 of `git archive --format=tar` of the commit, where the caller has it. */
  readonly sourceDigest?: Uint8Array;
  /**
   * Most seconds that the job may take: longer ones are sampled less often, and one that has not ended
   * after twice as long is given up. Default six hours.
   */
  readonly seconds?: number;
  /** Publish the (scrubbed) log as `log.txt`. Off unless the owner of the runner asks for it. */
  readonly publishLog?: boolean;
  /** Folders of the job whose programs may be looked into for the names of their functions. */
  readonly readable?: readonly string[];
  /** Of a bought run: the id that this run has claimed. Its driver takes the run, and no log has it. */
  readonly ticket?: string;
}

const SIX_HOURS = 6 * 3600;

/**
 * Begins the record of a run. It is in the spool when this returns, whatever happens next.
 * @throws {RecordError} `INPUT` for an origin that cannot be, `TICKET` for a ticket that it has not claimed, `SPOOL`
 */
async function begin(
  spool: string,
  origin: RunOrigin,
  {
    startedAt = Date.now(),
    sourceDigest = new Uint8Array(32),
    seconds = SIX_HOURS,
    publishLog = false,
    readable = [],
    ticket,
  }: BeginOptions = {}
): Promise<RunHandle> {
  try {
    encodeOrigin(origin);
  } catch (cause) {
    if (cause instanceof FormatError) throw new RecordError('INPUT', cause.message, { cause });
    throw cause;
  }
  if (ticket !== undefined) await assertClaimed(spool, ticket, origin);
  const source = toHex(sourceDigest);
  return handleOf(
    await createRun(spool, {
      origin,
      startedAt,
      source,
      seconds,
      publishLog,
      readable: [...readable],
      ...(ticket === undefined ? {} : { ticket }),
    }),
    spool
  );
}

async function assertClaimed(spool: string, ticket: string, origin: RunOrigin): Promise<void> {
  const claim = await claimOf(spool, ticket);
  if (claim === undefined || !equalBytes(encodeOrigin(claim.origin), encodeOrigin(origin)))
    throw new RecordError('TICKET', `ticket ${ticket.slice(0, 40)} was not claimed by this run`);
}

/** A run that another process began. @throws {RecordError} `UNKNOWN`, `SPOOL` */
const reopen = async (spool: string, id: string): Promise<RunHandle> =>
  handleOf(await openRun(spool, id), spool);
