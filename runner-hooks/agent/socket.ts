export { type MailboxServer, listenIn };

import { existsSync, lchownSync, mkdirSync, chownSync, rmSync, statSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import * as v from 'valibot';
import { GithubError } from '../github/error.ts';
import { SOCKET } from '../github/mailbox.ts';
import { type Answer, type Message, MessageSchema } from '../github/report.ts';

interface MailboxServer {
  close(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 2 ** 20;
const MILLISECONDS = 10_000;
/** Hooks of one machine: each says one line and is gone. */
const MAX_CONNECTIONS = 64;
/** sun_path of unix(7), its end included. */
const MAX_PATH_BYTES = 107;

/**
 * Listens in a mailbox, which is made where it is not there yet: its owner is that of the folder it is in,
 * and nobody else gets at it, since folder and socket are theirs alone.
 *
 * @throws {GithubError} `MAILBOX` where it cannot be, or where another agent listens already
 */
async function listenIn(
  mailbox: string,
  receive: (message: Message) => Promise<Answer>
): Promise<MailboxServer> {
  const path = join(mailbox, SOCKET);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new GithubError(
      'MAILBOX',
      `${path} is too long for a socket; move the runner's folder up.`
    );
  const owner = makeMailbox(mailbox);
  if (existsSync(path) && (await isAnswered(path)))
    throw new GithubError('MAILBOX', `another agent listens in ${mailbox}; stop it first.`);
  rmSync(path, { force: true });

  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, receive);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening').catch((cause: unknown) => {
    throw new GithubError('MAILBOX', `nothing can listen in ${mailbox}; check its owner.`, {
      cause,
    });
  });
  // Not through a link that the folder's owner may have put there meanwhile.
  if (process.getuid?.() === 0) lchownSync(path, owner.uid, owner.gid);
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeMailbox(mailbox: string): { readonly uid: number; readonly gid: number } {
  try {
    if (!existsSync(mailbox)) {
      const { uid, gid } = statSync(dirname(mailbox));
      mkdirSync(mailbox, { mode: 0o700 });
      if (process.getuid?.() === 0) chownSync(mailbox, uid, gid);
    }
    const { uid, gid, mode } = statSync(mailbox);
    if ((mode & 0o077) === 0) return { uid, gid };
  } catch (cause) {
    throw new GithubError(
      'MAILBOX',
      `${mailbox} cannot be made; install the hooks on that runner first.`,
      { cause }
    );
  }
  throw new GithubError('MAILBOX', `${mailbox} is open to others; run chmod 700 on it.`);
}

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

function serve(socket: Socket, receive: (message: Message) => Promise<Answer>): void {
  let text = '';
  let isRead = false;
  socket.setEncoding('utf8');
  socket.setTimeout(MILLISECONDS, () => socket.destroy());
  // A hook that waits for no answer is gone by now.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > MAX_MESSAGE_BYTES) socket.destroy();
    if (isRead || !text.includes('\n')) return;
    isRead = true;
    void answer(text, receive).then((line) => socket.end(line));
  });
}

async function answer(
  text: string,
  receive: (message: Message) => Promise<Answer>
): Promise<string> {
  try {
    const message = v.parse(MessageSchema, JSON.parse(text));
    return `${JSON.stringify(await receive(message))}\n`;
  } catch {
    return '';
  }
}
