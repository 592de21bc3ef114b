export { createProxy };

import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request,
} from 'node:http';
import { type Socket, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { type EgressPolicy, addressFor } from './reach.ts';

const CONNECT_MILLISECONDS = 30_000;
/** Between one hop and the next (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade'],
];

/** An HTTP proxy (RFC 9110, sections 7 and 9.3.6) that lets through whom the policy names. */
function createProxy(policy: EgressPolicy): Server {
  const proxy = createServer((request, response) => {
    forward(request, response, policy).catch(() => response.destroy());
  });
  // As long as the stage: a build may wait for an answer, or send one for hours.
  proxy.requestTimeout = 0;
  proxy.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    tunnel(request, socket, head, policy).catch(() => socket.destroy());
  });
  proxy.on('clientError', (_, socket) => socket.destroy());
  return proxy;
}

async function tunnel(
  { url = '' }: IncomingMessage,
  client: Duplex,
  head: Buffer,
  policy: EgressPolicy
): Promise<void> {
  client.on('error', () => client.destroy());
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^[\]:/]+):(\d{1,5})$/i.exec(url) ?? [];
  const address = host && (await addressFor(host, Number(port), policy));
  if (!address) {
    client.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const server = connect({ host: address, port: Number(port), timeout: CONNECT_MILLISECONDS });
  server.once('timeout', () => server.destroy());
  server.once('connect', () => {
    server.setTimeout(0);
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    server.write(head);
    both(client, server);
  });
  server.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
}

function both(client: Duplex, server: Socket): void {
  const done = (): void => {
    client.destroy();
    server.destroy();
  };
  pipeline(client, server, (error) => error && done());
  pipeline(server, client, (error) => error && done());
}

async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  policy: EgressPolicy
): Promise<void> {
  const target = URL.canParse(incoming.url ?? '') ? new URL(incoming.url!) : undefined;
  const port = target === undefined || target.port === '' ? 80 : Number(target.port);
  const address =
    target?.protocol === 'http:' ? await addressFor(target.hostname, port, policy) : undefined;
  if (address === undefined) {
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('This runner does not let its jobs talk to that address.\n');
    return;
  }
  const outgoing = request({
    ...{ host: address, port, method: incoming.method, path: target!.pathname + target!.search },
    headers: { ...withoutHops(incoming.headers), host: target!.host },
    timeout: 0,
  });
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode!, withoutHops(answer.headers));
    pipeline(answer, response, () => undefined);
  });
  outgoing.once('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  pipeline(incoming, outgoing, () => undefined);
}

const withoutHops = <T extends Record<string, unknown>>(headers: T): T =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))) as T;
