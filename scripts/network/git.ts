export { type GitServer, type GitOptions, startGit };

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runBackend } from './git-backend.ts';
import { GitServerError } from './git-error.ts';
import { openRepositories, type Repositories } from './git-repository.ts';

interface GitOptions {
  /** Folder of the bare repositories; made if absent. */
  readonly root: string;
  /** Whoever shows it may push (as bearer, or as the password of basic authorization). */
  readonly token: string;
  readonly port?: number;
  readonly limits?: Partial<GitLimits>;
}

interface GitLimits {
  readonly requestBytes: number;
  /** For a whole request, from its first byte to the answer's last. */
  readonly milliseconds: number;
  /** git processes side by side; one more is told to come again. */
  readonly requests: number;
}

interface GitServer {
  /** `http://127.0.0.1:<port>`; a repository is served at `<url>/<name>`. */
  readonly url: string;
  /** Creates a bare repository, or finds it, and returns its address. See {@link Repositories.create}. */
  createRepository(name: string, options?: { mirrorOf?: string }): Promise<string>;
  stop(): Promise<void>;
}

const LIMITS: GitLimits = { requestBytes: 32 * 1024 * 1024, milliseconds: 60_000, requests: 16 };

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, git-protocol, user-agent',
  'access-control-max-age': '86400',
};

/** The smart protocol and nothing else: no object is served as a file. */
const ROUTE = /^\/([^/]+)\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * A git server on loopback: anybody reads, the token pushes, nobody rewrites (no forced push, no
 * deleted ref, every object checked by fsck). Other paths than those of git's smart HTTP, and other
 * folders than repositories directly below `root`, do not exist.
 * @throws {GitServerError} `LISTEN`
 */
async function startGit(options: GitOptions): Promise<GitServer> {
  const repositories = await openRepositories(options.root);
  const limits = { ...LIMITS, ...options.limits };
  let running = 0;

  const server = createServer({ connectionsCheckingInterval: 1000 }, (request, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (running >= limits.requests) {
      refuse(response, 503, 'too many requests at once');
      return;
    }
    running += 1;
    serve(repositories, options.token, limits, request, response)
      .catch(() => refuse(response, 500, 'the request failed'))
      .finally(() => (running -= 1));
  });
  server.requestTimeout = limits.milliseconds;
  server.headersTimeout = Math.min(limits.milliseconds, 10_000);
  await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    async createRepository(name, { mirrorOf } = {}) {
      await repositories.create(name, { mirrorOf });
      return `${url}/${name}`;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  repositories: Repositories,
  token: string,
  limits: GitLimits,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const [path, query = ''] = (request.url ?? '').split('?', 2) as [string, string?];
  const [, name, route] = ROUTE.exec(path) ?? [];
  const exists = name !== undefined && (await repositories.find(name)) !== undefined;
  const service = serviceOf(route, query, request.method);
  const mayPush = service === 'git-receive-pack';
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
  } else if (!exists) {
    refuse(response, 404, 'no such repository');
  } else if (service === undefined) {
    refuse(response, 400, "only git's smart HTTP protocol is spoken here");
  } else if (mayPush && !holdsToken(token, request.headers.authorization)) {
    response.setHeader('www-authenticate', 'Basic realm="runproof"');
    refuse(response, 401, 'pushing needs the token');
  } else if (Number(request.headers['content-length'] ?? 0) > limits.requestBytes) {
    refuse(response, 413, `a request may have ${limits.requestBytes} bytes`);
  } else
    await runBackend({ root: repositories.root, path, query, mayPush }, request, response, limits);
}

/** Which of git's two programs a request is for, if it is a well-formed one. */
function serviceOf(
  route: string | undefined,
  query: string,
  method: string | undefined
): string | undefined {
  if (route === 'info/refs')
    return method === 'GET'
      ? /^service=(git-(?:upload|receive)-pack)$/.exec(query)?.[1]
      : undefined;
  return method === 'POST' && query === '' ? route : undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function holdsToken(token: string, authorization = ''): boolean {
  const [scheme, value = ''] = authorization.split(' ', 2) as [string, string?];
  const given =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(value, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : scheme.toLowerCase() === 'bearer'
        ? value
        : '';
  return token !== '' && timingSafeEqual(digest(given), digest(token));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) return void response.destroy();
  // What is left of the request is not read: the connection ends with the answer.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${why}\n`);
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new GitServerError('LISTEN', `port ${port} of 127.0.0.1 could not be had`, { cause }))
    );
    server.listen(port, '127.0.0.1', resolve);
  });
