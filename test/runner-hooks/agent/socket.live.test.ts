import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenIn } from '../../../runner-hooks/agent/socket.ts';
import { callAgent } from '../../../runner-hooks/github/call.ts';
import { SOCKET } from '../../../runner-hooks/github/mailbox.ts';
import type { Answer, Message } from '../../../runner-hooks/github/report.ts';
import { temporaryFolder } from '../room.ts';

const MESSAGE: Message = { report: '40-7.started.json', masks: ['a mask'] };

async function listen(answer: (message: Message) => Promise<Answer>) {
  const mailbox = join(await temporaryFolder(), 'mailbox');
  const server = await listenIn(mailbox, answer);
  onTestFinished(() => server.close());
  return mailbox;
}

/** What a stranger gets who says something to the socket. */
const say = (mailbox: string, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(join(mailbox, SOCKET));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code?: string }).code
  );

describe('the socket of a mailbox', () => {
  it('brings a hook’s message to the agent, and its answer back', async () => {
    const seen: Message[] = [];
    const mailbox = await listen((message) => {
      seen.push(message);
      return Promise.resolve({ accepted: false, reason: 'no', environment: { RUNPROOF_X: '/x' } });
    });
    expect(await callAgent(mailbox, MESSAGE, 2_000)).toEqual({
      ...{ accepted: false, reason: 'no', environment: { RUNPROOF_X: '/x' } },
    });
    expect(await callAgent(mailbox, MESSAGE, 0)).toBe('told');
    await expect.poll(() => seen).toEqual([MESSAGE, MESSAGE]);
    for (const path of [mailbox, join(mailbox, SOCKET)])
      expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('keeps no hook waiting: for an agent that is away, or says nothing', async () => {
    const nobody = await temporaryFolder();
    expect(await callAgent(nobody, MESSAGE, 2_000)).toBeUndefined();
    const mailbox = await listen(() => new Promise(() => undefined));
    const start = performance.now();
    expect(await callAgent(mailbox, MESSAGE, 200)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('hangs up on what is no message, and goes on', async () => {
    let calls = 0;
    const mailbox = await listen(() => {
      calls++;
      return Promise.resolve({ accepted: true, environment: {} });
    });
    const bad = [
      'not JSON\n',
      '{}\n',
      `${JSON.stringify({ ...MESSAGE, report: '../../etc/passwd' })}\n`,
      `${JSON.stringify({ ...MESSAGE, extra: 1 })}\n`,
      'x'.repeat(2 ** 20 + 2),
    ];
    const start = performance.now();
    for (const text of bad) expect(await say(mailbox, text)).toBe('');
    // And does not wait for the end of what has none.
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(calls).toBe(0);
    expect(await callAgent(mailbox, MESSAGE, 2_000)).toMatchObject({ accepted: true });
  });

  it('is one agent’s at a time, and is taken over from one that was killed', async () => {
    const mailbox = await listen(() => Promise.resolve({ accepted: true, environment: {} }));
    const other = () => Promise.resolve({ accepted: false, environment: {} });
    expect(await code(listenIn(mailbox, other))).toBe('MAILBOX');
    const left = join(await temporaryFolder(), 'mailbox');
    await mkdir(left, { mode: 0o700 });
    await writeFile(join(left, SOCKET), '');
    const server = await listenIn(left, other);
    expect(await callAgent(left, MESSAGE, 2_000)).toMatchObject({ accepted: false });
    await server.close();
  });

  it('is not opened where others could get at it, or nobody could connect', async () => {
    const folder = await temporaryFolder();
    const answer = () => Promise.resolve({ accepted: true, environment: {} });
    const open = join(folder, 'open');
    await mkdir(open);
    await chmod(open, 0o755);
    expect(await code(listenIn(open, answer))).toBe('MAILBOX');
    expect(await code(listenIn(join(folder, 'x'.repeat(120)), answer))).toBe('MAILBOX');
    expect(await code(listenIn(join(folder, 'not/there'), answer))).toBe('MAILBOX');
  });
});
