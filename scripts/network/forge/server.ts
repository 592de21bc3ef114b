export { type ForgeServer, type Call, type Reply, type Fault, type Handler, serveForge };

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come whole. */
interface Call {
  readonly method: string;
  /** Without the query; as it came, escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and texts are sent as they are, all else as JSON. */
  readonly body?: unknown;
}

/** Something that goes wrong before the forge looks at a request. */
interface Fault {
  /** Of `<method> <path>`. */
  readonly on: RegExp;
  /** How often; default once. */
  readonly times?: number;
  /** In place of the forge's own answer; `'broken'` breaks the connection off; none leaves the answer. */
  readonly reply?: Reply | 'broken';
  /** The forge does what it was asked for all the same. */
  readonly isDone?: boolean;
  /** What somebody else does just before. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** `undefined` for what the handler does itself, by the response. */
type Handler = (
  call: Call,
  raw: { request: IncomingMessage; response: ServerResponse }
) => Promise<Reply | undefined>;

interface ForgeServer {
  readonly url: string;
  readonly port: number;
  /** All that was asked for, oldest first. */
  readonly calls: readonly Call[];
  fail(fault: Fault): void;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 2 ** 20;

/**
 * An HTTP server on loopback, one handler for all. What `isRaw` picks is handed over unread.
 * @throws whatever listening throws
 */
async function serveForge(
  handle: Handler,
  { port = 0, isRaw = () => false }: { port?: number; isRaw?: (path: string) => boolean } = {}
): Promise<ForgeServer> {
  const calls: Call[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://forge');
    const [method, path] = [request.method ?? 'GET', url.pathname];
    const raw = isRaw(path);
    const call: Call = {
      ...{ method, path, query: url.searchParams, headers: request.headers },
      body: raw ? Buffer.alloc(0) : await bodyOf(request),
    };
    if (!raw) calls.push(call);
    const broken = faults.find(({ fault, left }) => left > 0 && fault.on.test(`${method} ${path}`));
    if (broken !== undefined) {
      broken.left -= 1;
      const { reply, isDone = false, meanwhile } = broken.fault;
      await meanwhile?.();
      if (isDone) await handle(call, { request, response });
      if (reply === 'broken') response.destroy();
      else if (reply !== undefined) send(response, reply);
      if (reply !== undefined) return;
    }
    const reply = await handle(call, { request, response });
    if (reply !== undefined) send(response, reply);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) send(response, { status: 500, body: { message } });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${taken}`, port: taken, calls },
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a request may have ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  const isPlain = typeof body === 'string' || body instanceof Uint8Array;
  const type = isPlain ? 'application/octet-stream' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body === undefined || isPlain ? body : JSON.stringify(body));
}
