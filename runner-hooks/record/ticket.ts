export {
  type Ticket,
  type NewTicket,
  type Claim,
  leaveTicket,
  findTicket,
  hasTicket,
  claimTicket,
  claimOf,
  ticketEnvironment,
  ticketSecrets,
  noteDispatch,
  dispatchOf,
  forgetInput,
  voidTicket,
  sweepTickets,
};

import { randomBytes } from 'node:crypto';
import {
  link,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { encodeJson } from '../../contracts/formats/json.ts';
import { LimitsSchema } from '../../contracts/formats/job.ts';
import { type Origin, OriginSchema } from '../../contracts/formats/origin.ts';
import { asSpoolErrors, syncFolder, writeThrough } from './durable.ts';
import { RecordError } from './error.ts';

const hex = (length: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${length}}$`)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * How a bought job meets the run of it that a forge starts on this machine. The driver leaves it in the
 * runner's spool before it asks the forge for the run; the hook of that run, and of no other, claims it.
 */
const TicketSchema = v.strictObject({
  version: v.literal(1),
  id: hex(32),
  /** What was bought, as its driver names it: so it finds its ticket again after a crash. */
  job: v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,128}$/)),
  forge: OriginSchema.entries.forge,
  host: OriginSchema.entries.host,
  repository: OriginSchema.entries.repository,
  commit: OriginSchema.entries.commit,
  /** Digest `null` where the driver could not read the file. */
  workflow: OriginSchema.entries.workflow,
  limits: LimitsSchema,
  /** Unix milliseconds. */
  createdAt: count,
  /** Not claimed by then, it never will be. */
  expiresAt: count,
  /** Folder in memory, mode 700, that holds `parameters.json` and `secrets/`. */
  memory: v.string(),
  /** File names below `secrets/`. */
  secrets: v.array(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/))),
});
type Ticket = v.InferOutput<typeof TicketSchema>;

interface NewTicket extends Omit<Ticket, 'version' | 'id' | 'createdAt' | 'memory' | 'secrets'> {
  /** JSON, for `$RUNPROOF_PARAMETERS`. */
  readonly parameters: unknown;
  readonly secrets: Readonly<Record<string, string | Uint8Array>>;
}

/** Which run came with the ticket. */
const ClaimSchema = v.strictObject({ origin: OriginSchema, at: count });
type Claim = v.InferOutput<typeof ClaimSchema>;

/** What the forge answered when it was asked for the run; `run` is its decimal number. */
const DispatchSchema = v.strictObject({ run: OriginSchema.entries.run });

const TICKETS = 'tickets';
const FILES = { ticket: 'ticket.json', claim: 'claim.json', dispatch: 'dispatch.json' } as const;
const MEMORY = '/dev/shm';
const MEMORY_PREFIX = 'runproof-ticket-';
const PARAMETERS = 'parameters.json';
const SECRETS = 'secrets';

/** Events that a run has whose forge was asked for it by its API; a fork's has others (R7). */
const ASKED_FOR: Readonly<Record<Ticket['forge'], readonly string[]>> = {
  github: ['workflow_dispatch'],
  gitlab: ['trigger', 'api'],
  local: [],
};

/**
 * Leaves a ticket. It is in the spool when this returns; secrets and parameters are in memory only.
 * @throws {RecordError} `SPOOL`
 */
const leaveTicket = (
  spool: string,
  { parameters, secrets, ...rest }: NewTicket,
  { now = Date.now(), memory = MEMORY }: { now?: number; memory?: string } = {}
): Promise<Ticket> =>
  asSpoolErrors(spool, async () => {
    const id = randomBytes(16).toString('hex');
    const ticket = v.parse(TicketSchema, {
      ...{ version: 1, id, ...rest, createdAt: now },
      ...{ memory: join(memory, MEMORY_PREFIX + id), secrets: Object.keys(secrets) },
    });
    const tickets = join(spool, TICKETS);
    const draft = join(tickets, `.${id}`);
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await writeThrough(join(draft, FILES.ticket), JSON.stringify(ticket));
    await mkdir(join(ticket.memory, SECRETS), { recursive: true, mode: 0o700 });
    await writeFile(join(ticket.memory, PARAMETERS), encodeJson(parameters), { mode: 0o600 });
    for (const [name, value] of Object.entries(secrets))
      await writeFile(join(ticket.memory, SECRETS, name), value, { mode: 0o600 });
    await rename(draft, join(tickets, id));
    await syncFolder(tickets);
    return ticket;
  });

/** The ticket that was left for a job, if any. @throws {RecordError} `SPOOL` */
const findTicket = (spool: string, job: string): Promise<Ticket | undefined> =>
  asSpoolErrors(spool, async () => {
    for (const id of await ticketsIn(spool)) {
      const ticket = await readTicket(spool, id);
      if (ticket?.job === job) return ticket;
    }
    return undefined;
  });

/** @throws {RecordError} `SPOOL` */
const hasTicket = (spool: string, id: string): Promise<boolean> =>
  asSpoolErrors(spool, async () => (await readTicket(spool, id)) !== undefined);

/**
 * Claims a ticket for a run: exactly once, and only for the run that it was left for.
 * @throws {RecordError} `TICKET` where it is unknown, used, expired, or for another run; `SPOOL`
 */
const claimTicket = (
  spool: string,
  id: string,
  origin: Origin,
  { now = Date.now() }: { now?: number } = {}
): Promise<Ticket> =>
  asSpoolErrors(spool, async () => {
    const refuse = (why: string): never => {
      throw new RecordError('TICKET', `ticket ${JSON.stringify(id.slice(0, 40))} ${why}`);
    };
    const ticket = (await readTicket(spool, id)) ?? refuse('is unknown here; buy the job again');
    if (now > ticket.expiresAt)
      refuse(`expired at ${new Date(ticket.expiresAt).toISOString()}; buy the job again`);
    for (const key of ['forge', 'host', 'repository', 'commit'] as const)
      if (ticket[key] !== origin[key])
        refuse(`is for ${key} ${ticket[key]}, and this run has ${origin[key]}`);
    if (ticket.workflow.path !== origin.workflow.path)
      refuse(`is for ${ticket.workflow.path}, and this run is of ${origin.workflow.path}`);
    const [wanted, found] = [ticket.workflow.sha256, origin.workflow.sha256];
    if (wanted !== null && found !== null && wanted !== found)
      refuse(`is for another content of ${ticket.workflow.path}`);
    if (origin.fork === true || !ASKED_FOR[origin.forge].includes(origin.event))
      refuse(`cannot be used by a run of the event ${origin.event}`);
    // A link is made or refused as a whole: of two that come at once, one has the ticket.
    const draft = join(ticketFolder(spool, id), `.claim-${randomBytes(8).toString('hex')}`);
    await writeThrough(draft, JSON.stringify({ origin, at: now } satisfies Claim));
    try {
      await link(draft, join(ticketFolder(spool, id), FILES.claim));
      await syncFolder(ticketFolder(spool, id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      refuse('was used already; a bought job runs once');
    } finally {
      await rm(draft, { force: true });
    }
    return ticket;
  });

/** Who claimed a ticket, if anybody. @throws {RecordError} `SPOOL` */
const claimOf = (spool: string, id: string): Promise<Claim | undefined> =>
  asSpoolErrors(spool, () => readOf(ClaimSchema, join(ticketFolder(spool, id), FILES.claim)));

/** What the steps of a job find its input by, as paths in memory. */
const ticketEnvironment = ({ memory }: Ticket): Record<string, string> => ({
  RUNPROOF_PARAMETERS: join(memory, PARAMETERS),
  RUNPROOF_SECRETS: join(memory, SECRETS),
});

/** Values to be masked; `undefined` where one cannot be read any more, so nothing can be masked. */
async function ticketSecrets(spool: string, id: string): Promise<readonly string[] | undefined> {
  const ticket = await asSpoolErrors(spool, () => readTicket(spool, id));
  if (ticket === undefined) return undefined;
  try {
    const read = (name: string): Promise<string> =>
      readFile(join(ticket.memory, SECRETS, name), 'utf8');
    return await Promise.all(ticket.secrets.map(read));
  } catch {
    return undefined;
  }
}

/** Writes down which run the forge made. @throws {RecordError} `SPOOL` */
const noteDispatch = (spool: string, id: string, run: string): Promise<void> =>
  asSpoolErrors(spool, async () => {
    const path = join(ticketFolder(spool, id), FILES.dispatch);
    await writeThrough(`${path}.new`, JSON.stringify(v.parse(DispatchSchema, { run })));
    await rename(`${path}.new`, path);
    await syncFolder(ticketFolder(spool, id));
  });

/** Decimal number of the forge's run, where it is known. @throws {RecordError} `SPOOL` */
const dispatchOf = (spool: string, id: string): Promise<string | undefined> =>
  asSpoolErrors(
    spool,
    async () => (await readOf(DispatchSchema, join(ticketFolder(spool, id), FILES.dispatch)))?.run
  );

/** Removes a ticket's secrets and parameters from memory: its job has ended. */
const forgetInput = (spool: string, id: string): Promise<void> =>
  asSpoolErrors(spool, async () => {
    const ticket = await readTicket(spool, id);
    if (ticket !== undefined) await rm(ticket.memory, { recursive: true, force: true });
  });

/** Takes a ticket away, claimed or not, with all that lay in memory for it. @throws {RecordError} `SPOOL` */
const voidTicket = (spool: string, id: string): Promise<void> =>
  asSpoolErrors(spool, async () => {
    await forgetInput(spool, id);
    await rm(ticketFolder(spool, id), { recursive: true, force: true });
  });

/**
 * Takes away the tickets whose job cannot run any more: of a driver that was removed, or of one that
 * was killed while it left them. @throws {RecordError} `SPOOL`
 */
const sweepTickets = (spool: string, now = Date.now()): Promise<void> =>
  asSpoolErrors(spool, async () => {
    const tickets = join(spool, TICKETS);
    for (const name of await readdir(tickets).catch(() => [])) {
      const path = join(tickets, name, FILES.ticket);
      const ticket = await readOf(TicketSchema, path).catch(() => undefined);
      if (ticket !== undefined && now <= ticket.expiresAt + 2_000 * ticket.limits.seconds) continue;
      if (ticket === undefined && now - (await stat(join(tickets, name))).mtimeMs < AN_HOUR)
        continue;
      if (ticket !== undefined) await rm(ticket.memory, { recursive: true, force: true });
      await rm(join(tickets, name), { recursive: true, force: true });
    }
  });

const AN_HOUR = 3_600_000;

const ticketFolder = (spool: string, id: string): string => join(spool, TICKETS, id);

async function ticketsIn(spool: string): Promise<string[]> {
  const names = await readdir(join(spool, TICKETS)).catch(() => []);
  return names.filter((name) => ID.test(name)).sort();
}

const ID = /^[0-9a-f]{32}$/;

const readTicket = async (spool: string, id: string): Promise<Ticket | undefined> =>
  ID.test(id) ? readOf(TicketSchema, join(ticketFolder(spool, id), FILES.ticket)) : undefined;

const MAX_FILE_BYTES = 64 * 1024;

async function readOf<T>(
  schema: v.GenericSchema<unknown, T>,
  path: string
): Promise<T | undefined> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size > MAX_FILE_BYTES) throw new Error(`${path} is too large`);
    return v.parse(schema, JSON.parse(await handle.readFile('utf8')));
  } finally {
    await handle.close();
  }
}
