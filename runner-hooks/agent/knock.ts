export { type Knocks, hearKnocks };

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { GithubError } from '../github/error.ts';
import { type EventFacts, factsOf } from '../github/event.ts';
import { postReport } from '../github/mailbox.ts';
import { type Message, type Stage, KNOCK } from '../github/report.ts';
import { type Sighting, sightingOf } from '../github/sighting.ts';
import { nameOf } from '../record/process.ts';

interface Knocks {
  close(): Promise<void>;
}

/** By an agent or a hook that was killed. */
const LEFT = /^(knock\.[0-9]+|[0-9]+\.reply)$/;
const LINE = /^(started|completed) ([1-9][0-9]{0,9})$/;
/** Of one read: hooks of one machine. A job may flood what its own user's hooks share. */
const MAX_KNOCKS = 64;
const MAX_LINE_BYTES = 64;
/** Bigger payloads are parsed by the hook's own Node, so that nobody else waits for it. */
const MAX_EVENT_BYTES = 2 ** 20;
const { O_RDONLY, O_WRONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = fs.constants;

/**
 * Spares a hook the start of a Node: its shell says in a pipe of the mailbox which process it is, and waits;
 * we look at that process, leave the report that it would have left, and tell it that it can go. Whatever
 * does not fit goes unanswered or is answered `ask`, and the hook does it all itself.
 *
 * The pipe's name ends with our number, so that a hook does not wait for an agent that was killed.
 *
 * @param receive gets what the hook would have said over the socket
 * @throws {GithubError} `MAILBOX`
 */
async function hearKnocks(mailbox: string, receive: (message: Message) => void): Promise<Knocks> {
  // The folder's owner may put another in its place; what we write goes into the one that we know.
  const folder = fs.openSync(mailbox, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const own = `/proc/self/fd/${folder}`;
  const owner = fs.fstatSync(folder);
  const path = join(own, `${KNOCK}.${process.pid}`);
  let pipe: number;
  try {
    for (const name of fs.readdirSync(own))
      if (LEFT.test(name)) orNothing(() => fs.unlinkSync(join(own, name)));
    // By the descriptor's name mkfifo would look into its own.
    await promisify(execFile)('mkfifo', ['-m', '600', `${KNOCK}.${process.pid}`], { cwd: own });
    if (process.getuid?.() === 0) fs.lchownSync(path, owner.uid, owner.gid);
    // To write as well, or each hook that closes it would end it.
    pipe = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  } catch (cause) {
    fs.closeSync(folder);
    throw new GithubError('MAILBOX', `no pipe can be made in ${mailbox}; check its owner.`, {
      cause,
    });
  }
  const socket = new Socket({ fd: pipe, readable: true, writable: false });
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!.slice(0, MAX_LINE_BYTES);
    for (const line of lines.slice(0, MAX_KNOCKS)) {
      const [, stage, pid] = LINE.exec(line) ?? [];
      if (pid === undefined) continue;
      const sighting = orNothing(() => sightingAt(stage as Stage, Number(pid), owner.uid));
      const message = orNothing(() => sighting && post(own, sighting, owner));
      if (message !== undefined) receive(message);
      orNothing(() => answer(join(own, `${pid}.reply`), message === undefined ? 'ask' : 'done'));
    }
  });
  return {
    close: async () => {
      fs.rmSync(path, { force: true });
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
      fs.closeSync(folder);
    },
  };
}

/** @returns `undefined` where the hook has to wait for more than this, or is not whose mailbox it is */
function sightingAt(stage: Stage, pid: number, uid: number): Sighting | undefined {
  const name = nameOf(pid);
  if (name === undefined || fs.statSync(`/proc/${pid}`).uid !== uid) return undefined;
  const environment = environmentOf(pid);
  // By the end a step may have written another.
  const event =
    stage === 'started' ? readEvent(environment.GITHUB_EVENT_PATH, uid) : factsOf(undefined);
  // The driver of a bought run waits for more.
  if (event?.ticket !== null) return undefined;
  const sighting = sightingOf(stage, { from: pid, environment, marketOnly: false, event });
  // Another may have got its number meanwhile.
  return nameOf(pid)?.startTime === name.startTime ? sighting : undefined;
}

/** Of a name that is there twice the first counts, as for the process itself. */
const environmentOf = (pid: number): Record<string, string | undefined> =>
  Object.fromEntries(
    fs
      .readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])
      .reverse() as [string, string][]
  );

/**
 * We may read more than the mailbox's user may, and wait where no hook of ours should: so nothing but plain
 * files of theirs.
 */
function readEvent(path: string | undefined, uid: number): EventFacts | undefined {
  if (path === undefined || !isAbsolute(path)) return undefined;
  const handle = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(handle);
    if (!stats.isFile() || stats.uid !== uid || stats.size > MAX_EVENT_BYTES) return undefined;
    return factsOf(JSON.parse(fs.readFileSync(handle, 'utf8')));
  } finally {
    fs.closeSync(handle);
  }
}

function post(own: string, { report, masks }: Sighting, owner: fs.Stats): Message {
  return { report: postReport(own, report, owner), masks: [...masks] };
}

function answer(path: string, word: 'done' | 'ask'): void {
  const handle = fs.openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    if (fs.fstatSync(handle).isFIFO()) fs.writeSync(handle, `${word}\n`);
  } finally {
    fs.closeSync(handle);
  }
  fs.unlinkSync(path);
}

function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
