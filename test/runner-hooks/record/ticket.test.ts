import { mkdtemp, readFile, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Origin } from '../../../contracts/formats/origin.ts';
import { begin } from '../../../runner-hooks/record/begin.ts';
import { takeRun } from '../../../runner-hooks/record/take.ts';
import {
  type NewTicket,
  claimOf,
  claimTicket,
  dispatchOf,
  findTicket,
  leaveTicket,
  noteDispatch,
  sweepTickets,
  ticketEnvironment,
  ticketSecrets,
  voidTicket,
} from '../../../runner-hooks/record/ticket.ts';

const ORIGIN: Origin = {
  version: 1,
  forge: 'github',
  host: 'git.example',
  repository: 'library/library',
  commit: '01'.repeat(20),
  workflow: { path: '.github/workflows/ci.yml', sha256: 'ab'.repeat(32) },
  run: '4711',
  attempt: 1,
  job: { id: null, name: 'build' },
  event: 'workflow_dispatch',
  actor: 'ada',
  fork: false,
  ref: 'refs/heads/main',
};

const TICKET: NewTicket = {
  ...{ job: 'cd'.repeat(32), forge: 'github', host: ORIGIN.host, repository: ORIGIN.repository },
  ...{ commit: ORIGIN.commit, workflow: ORIGIN.workflow },
  limits: {
    ...{ seconds: 60, memoryBytes: 2 ** 30, processes: 16 },
    ...{ outputBytes: 0, logBytes: 0, network: false },
  },
  expiresAt: Date.now() + 60_000,
  parameters: { n: 1 },
  secrets: { token: 'a-secret-of-the-requester' },
};

async function leave(changes: Partial<NewTicket> = {}) {
  const spool = await mkdtemp(join(tmpdir(), 'runproof-test-'));
  const memory = await mkdtemp(join(tmpdir(), 'runproof-test-'));
  const ticket = await leaveTicket(spool, { ...TICKET, ...changes }, { memory });
  return { spool, memory, ticket };
}

const refused = { name: 'RecordError', code: 'TICKET' };

describe('a ticket', () => {
  it('is claimed by the run that it was left for, which finds its input in memory', async () => {
    const { spool, ticket } = await leave();
    const claimed = await claimTicket(spool, ticket.id, ORIGIN);
    const { RUNPROOF_PARAMETERS: parameters, RUNPROOF_SECRETS: secrets } =
      ticketEnvironment(claimed);
    expect(await readFile(parameters!, 'utf8')).toBe('{"n":1}');
    expect(await readFile(join(secrets!, 'token'), 'utf8')).toBe(TICKET.secrets.token);
    expect((await stat(ticket.memory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(secrets!, 'token'))).mode & 0o777).toBe(0o600);
    expect((await claimOf(spool, ticket.id))!.origin).toEqual(ORIGIN);
  });

  it('K1: keeps no secret on the disk', async () => {
    const { spool } = await leave();
    for (const name of await readdir(spool, { recursive: true })) {
      const path = join(spool, name);
      if ((await stat(path)).isFile())
        expect(await readFile(path, 'utf8')).not.toContain(TICKET.secrets.token);
    }
  });

  it('is claimed once, however many come at the same time', async () => {
    const { spool, ticket } = await leave();
    const claims = Array.from({ length: 8 }, () => claimTicket(spool, ticket.id, ORIGIN));
    const settled = await Promise.allSettled(claims);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(claimTicket(spool, ticket.id, ORIGIN)).rejects.toMatchObject(refused);
  });

  it.each<[string, Partial<Origin>]>([
    ['forge', { forge: 'gitlab', event: 'trigger' }],
    ['host', { host: 'git.example:8443' }],
    ['repository', { repository: 'library/other' }],
    ['commit', { commit: '02'.repeat(20) }],
    ['workflow', { workflow: { path: '.github/workflows/other.yml', sha256: null } }],
    ['content of the workflow', { workflow: { ...ORIGIN.workflow, sha256: '00'.repeat(32) } }],
    ['event', { event: 'push' }],
  ])('is not for a run of another %s', async (_, changes) => {
    const { spool, ticket } = await leave();
    const claim = claimTicket(spool, ticket.id, { ...ORIGIN, ...changes });
    await expect(claim).rejects.toMatchObject(refused);
    expect(await claimOf(spool, ticket.id)).toBeUndefined();
  });

  it('R7: is not for a fork’s run', async () => {
    const { spool, ticket } = await leave();
    for (const changes of [{ fork: true }, { event: 'pull_request_target' }])
      await expect(claimTicket(spool, ticket.id, { ...ORIGIN, ...changes })).rejects.toMatchObject(
        refused
      );
  });

  it('takes a run whose hook could not read the workflow’s file: the driver holds it later', async () => {
    const { spool, ticket } = await leave();
    const workflow = { ...ORIGIN.workflow, sha256: null };
    expect((await claimTicket(spool, ticket.id, { ...ORIGIN, workflow })).id).toBe(ticket.id);
  });

  it('ends with its time, and is unknown by another name', async () => {
    const { spool, ticket } = await leave({ expiresAt: 1_000 });
    const claim = (now: number) => claimTicket(spool, ticket.id, ORIGIN, { now });
    await expect(claim(1_001)).rejects.toMatchObject(refused);
    await claim(1_000);
    for (const id of ['00'.repeat(16), '', '../../etc', ticket.id.toUpperCase()])
      await expect(claimTicket(spool, id, ORIGIN)).rejects.toMatchObject(refused);
  });

  it('is found again by its job, with what the forge answered', async () => {
    const { spool, ticket } = await leave();
    expect(await findTicket(spool, TICKET.job)).toEqual(ticket);
    expect(await findTicket(spool, 'ef'.repeat(32))).toBeUndefined();
    expect(await dispatchOf(spool, ticket.id)).toBeUndefined();
    await noteDispatch(spool, ticket.id, '4711');
    expect(await dispatchOf(spool, ticket.id)).toBe('4711');
  });

  it('leaves nothing when it is taken away', async () => {
    const { spool, memory, ticket } = await leave();
    await voidTicket(spool, ticket.id);
    expect(await readdir(memory)).toEqual([]);
    expect(await readdir(join(spool, 'tickets'))).toEqual([]);
    await expect(claimTicket(spool, ticket.id, ORIGIN)).rejects.toMatchObject(refused);
  });

  it('is swept when no run of it can be left', async () => {
    const { spool, memory, ticket } = await leave();
    await sweepTickets(spool, ticket.expiresAt + 120_000);
    expect(await findTicket(spool, TICKET.job)).toEqual(ticket);
    await sweepTickets(spool, ticket.expiresAt + 120_001);
    expect(await findTicket(spool, TICKET.job)).toBeUndefined();
    expect(await readdir(memory)).toEqual([]);
  });
});

describe('a run with a ticket', () => {
  it('begins where it has claimed it, and nowhere else', async () => {
    const { spool, ticket } = await leave();
    await expect(begin(spool, ORIGIN, { ticket: ticket.id })).rejects.toMatchObject(refused);
    await claimTicket(spool, ticket.id, ORIGIN);
    const other = { ...ORIGIN, run: '4712' };
    await expect(begin(spool, other, { ticket: ticket.id })).rejects.toMatchObject(refused);
    await begin(spool, ORIGIN, { ticket: ticket.id });
    expect(await takeRun(spool, ticket.id)).toBeUndefined();
  });

  it('is taken once it has ended, as often as it takes, until it is put away', async () => {
    const { spool, memory, ticket } = await leave();
    await claimTicket(spool, ticket.id, ORIGIN);
    const run = await begin(spool, ORIGIN, { ticket: ticket.id });
    await run.end({ exitStatus: 3, masks: [] });
    expect(await readdir(memory)).toEqual([]);
    const taken = (await takeRun(spool, ticket.id))!;
    expect(taken).toMatchObject({ id: run.id, origin: ORIGIN, outcome: { exitStatus: 3 } });
    expect(await takeRun(spool, ticket.id)).toMatchObject({ id: run.id });
    await taken.putAway();
    await taken.putAway();
    expect(await takeRun(spool, ticket.id)).toBeUndefined();
  });

  it('K1: has the ticket’s secrets masked, and keeps no text of the job where they are lost', async () => {
    for (const isLost of [false, true]) {
      const { spool, ticket } = await leave();
      const origin = { ...ORIGIN, actor: TICKET.secrets.token as string };
      await claimTicket(spool, ticket.id, origin);
      const run = await begin(spool, origin, { ticket: ticket.id });
      expect(await ticketSecrets(spool, ticket.id)).toEqual([TICKET.secrets.token]);
      if (isLost) await voidTicket(spool, ticket.id);
      await run.end({ exitStatus: 0, masks: [] });
      const [name] = await readdir(join(spool, 'runs'));
      const statement = join(spool, 'runs', name!, 'result/statement.json');
      const text = await readFile(statement, 'utf8');
      expect(text).not.toContain(TICKET.secrets.token);
      expect(text).toContain(isLost ? '[withheld]' : '[secret]');
    }
  });
});
