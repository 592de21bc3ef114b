export { callAgent };

import { connect } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { SOCKET } from './mailbox.ts';
import { type Answer, AnswerSchema, type Message } from './report.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Tells the agent that something lies in the mailbox.
 *
 * @param milliseconds to wait for its answer; 0 does not wait for more than that it was told
 * @returns its answer; `'told'` where none was waited for; `undefined` where it is away or says nothing
 */
function callAgent(
  mailbox: string,
  message: Message,
  milliseconds: number
): Promise<Answer | 'told' | undefined> {
  return new Promise((resolve) => {
    const socket = connect(join(mailbox, SOCKET));
    let answer = '';
    const done = (value: Answer | 'told' | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(value);
    };
    const timer = setTimeout(() => done(undefined), milliseconds || TELL_MILLISECONDS);
    socket.setEncoding('utf8');
    socket.on('error', () => done(undefined));
    socket.on('connect', () => {
      socket.write(`${JSON.stringify(message)}\n`, () => {
        if (milliseconds === 0) done('told');
      });
    });
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > MAX_ANSWER_BYTES) done(undefined);
    });
    socket.on('end', () => done(parse(answer)));
  });
}

const TELL_MILLISECONDS = 500;

function parse(text: string): Answer | undefined {
  try {
    return v.parse(AnswerSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
