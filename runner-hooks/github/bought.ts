export { NO_TICKET, boughtWith };

import { lchown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../../contracts/formats/bytes.ts';
import { type Origin, encodeOrigin } from '../../contracts/formats/origin.ts';
import { RecordError } from '../record/error.ts';
import { type Ticket, claimOf, claimTicket, ticketEnvironment } from '../record/ticket.ts';
import type { Answer, Report } from './report.ts';

const NO_TICKET = 'only jobs that were bought with Runproof may run here, and this one was not.';

/**
 * Claims what a job was bought with, if it was (R7).
 *
 * @returns no ticket where it was not; with the reason, where what it came with does not hold
 * @throws {RecordError} `SPOOL`
 */
async function boughtWith(
  spool: string,
  mailbox: string,
  { event }: Report,
  origin: Origin
): Promise<{
  readonly ticket?: { readonly id: string; readonly environment: Answer['environment'] };
  readonly reason?: string;
}> {
  const { ticket: id, fork } = event;
  if (id === null) return {};
  if (fork !== false) return { reason: `${NO_TICKET} A fork’s event cannot bring one.` };
  try {
    const ticket = await claimTicket(spool, id, origin);
    await lendTo(mailbox, ticket);
    return { ticket: { id, environment: ticketEnvironment(ticket) } };
  } catch (error) {
    if (!(error instanceof RecordError) || error.code !== 'TICKET') throw error;
    const claim = await claimOf(spool, id);
    // Ours, before we were killed: the hook that waited for its environment has given up.
    if (claim !== undefined && equalBytes(encodeOrigin(claim.origin), encodeOrigin(origin)))
      return { ticket: { id, environment: {} } };
    return { reason: `${error.message}.` };
  }
}

/**
 * Files of a ticket are the agent's; where it is root, the job's user has to get at them. The folder last,
 * and no link followed: until then nobody else can put one there.
 */
async function lendTo(mailbox: string, { memory }: Ticket): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(mailbox);
  const names = await readdir(memory, { recursive: true });
  const inside = names.map((name) => join(memory, name)).sort((a, b) => b.length - a.length);
  for (const path of [...inside, memory]) await lchown(path, uid, gid);
}
