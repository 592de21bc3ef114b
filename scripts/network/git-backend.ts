export { type BackendRequest, runBackend };

import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What `git http-backend` is told; all of it checked by the caller. */
interface BackendRequest {
  readonly root: string;
  /** `/<repository>/<service>`, a repository that exists directly below the root. */
  readonly path: string;
  readonly query: string;
  readonly mayPush: boolean;
}

interface Caps {
  readonly requestBytes: number;
  readonly milliseconds: number;
}

/** Longest CGI header that is read before the body. */
const HEADER_BYTES = 8 * 1024;

/** Settings that no repository below the root can override. */
const settings = ({ mayPush }: BackendRequest, { requestBytes }: Caps): Record<string, string> => ({
  'http.receivepack': String(mayPush),
  'receive.denyNonFastForwards': 'true',
  'receive.denyDeletes': 'true',
  'receive.maxInputSize': String(requestBytes),
  'receive.autogc': 'false',
  'transfer.fsckObjects': 'true',
  'http.maxRequestBuffer': String(requestBytes),
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'gc.auto': '0',
  'safe.directory': '*',
});

/**
 * Answers one request by git's own CGI program (git-http-backend(1)). The program is killed when the
 * client goes away, when it takes longer than `milliseconds`, or when more than `requestBytes` come in.
 */
async function runBackend(
  what: BackendRequest,
  request: IncomingMessage,
  response: ServerResponse,
  caps: Caps
): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    env: environment(what, request, caps),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  // The whole group: http-backend's own children (upload-pack, pack-objects) would outlive it.
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  const timer = setTimeout(() => {
    kill();
    request.destroy();
  }, caps.milliseconds);
  response.once('close', kill);
  const ended = new Promise<void>((resolve, reject) =>
    child.once('close', () => resolve()).once('error', reject)
  );
  try {
    await Promise.all([
      pipeline(request, atMost(caps.requestBytes), child.stdin).catch((error: unknown) => {
        // git closes its input as soon as it knows enough; only too much input is our concern.
        if (error instanceof TooLarge) throw error;
      }),
      answer(child.stdout, response),
      ended,
    ]);
  } catch (error) {
    kill();
    if (!response.headersSent)
      response.writeHead(error instanceof TooLarge ? 413 : 500, { 'content-type': 'text/plain' });
    response.end(error instanceof TooLarge ? `${error.message}\n` : '');
  } finally {
    clearTimeout(timer);
  }
}

class TooLarge extends Error {}

function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > bytes) done(new TooLarge(`a request may have ${bytes} bytes, this one has more`));
      else done(null, chunk);
    },
  });
}

/** CGI output: header lines, an empty line, the body (RFC 3875, section 6). */
async function answer(stdout: Readable, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  let started = false;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    if (started) {
      await write(response, chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length > HEADER_BYTES) throw new Error('the CGI header does not end');
    if (end < 0) continue;
    started = true;
    startResponse(head.subarray(0, end).toString('latin1'), response);
    await write(response, head.subarray(end + 4));
  }
  if (!started) throw new Error('git http-backend ended without an answer');
  response.end();
}

function startResponse(header: string, response: ServerResponse): void {
  for (const line of header.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}

async function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (response.destroyed || chunk.length === 0 || response.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

function environment(
  what: BackendRequest,
  { method, headers }: IncomingMessage,
  caps: Caps
): NodeJS.ProcessEnv {
  const config = Object.entries(settings(what, caps));
  const protocol = headers['git-protocol'];
  return {
    PATH: process.env.PATH,
    LANG: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ])
    ),
    GIT_PROJECT_ROOT: what.root,
    GIT_HTTP_EXPORT_ALL: '1',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: method,
    PATH_INFO: what.path,
    QUERY_STRING: what.query,
    REMOTE_ADDR: '127.0.0.1',
    CONTENT_TYPE: headers['content-type'] ?? '',
    ...(what.mayPush && { REMOTE_USER: 'runner' }),
    ...(headers['content-length'] !== undefined && { CONTENT_LENGTH: headers['content-length'] }),
    ...(headers['content-encoding'] === 'gzip' && { HTTP_CONTENT_ENCODING: 'gzip' }),
    ...(typeof protocol === 'string' &&
      /^[a-z0-9=:]{1,64}$/.test(protocol) && { GIT_PROTOCOL: protocol }),
  };
}
