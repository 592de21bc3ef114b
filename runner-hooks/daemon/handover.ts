import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { MAX_ENVELOPE_BYTES } from '../../contracts/formats/envelope.ts';
import { REQUEST_BYTES, parseRequest, requestCommitment } from '../../contracts/formats/request.ts';
import type { Job } from '../journal/job.ts';
import { parsed } from './block-fetch.ts';
import type { Context } from './context.ts';
import { DaemonError, Refusal, type RefusalCode } from './error.ts';

export { Handover, type HandoverOptions };

interface HandoverOptions {
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** 0 for any. */
  readonly port?: number;
  /** Milliseconds for a whole request. */
  readonly timeout?: number;
}

const MAX_BODY_BYTES = REQUEST_BYTES + MAX_ENVELOPE_BYTES;
const CONNECTIONS = 64;

/**
 * Takes requests without the chain: `POST /requests` with the request block and, right behind it,
 * the sealed envelope. `GET /requests/<digest>` tells what became of one, `GET /orders/<digest>` what of an
 * extension or closing that was rung for, `GET /logs/<tab>` what a tab's newest note is. A request says by whom it is signed and paid, so nobody has to log in.
 */
class Handover {
  readonly #server: Server;

  constructor(
    private readonly context: Context,
    /** Called when there is something to look at. */
    private readonly onRequest: () => void,
    private readonly options: HandoverOptions = {}
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.requestTimeout = options.timeout ?? 30_000;
    this.#server.headersTimeout = Math.min(10_000, this.#server.requestTimeout);
    this.#server.maxConnections = CONNECTIONS;
  }

  /** @returns its URL */
  async listen(): Promise<string> {
    const { host = '127.0.0.1', port = 0 } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new DaemonError('LISTEN', `${host}:${port} cannot be listened on; choose another`, {
            cause,
          })
        )
      );
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${name}:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The app is served from a gateway, so from another origin.
    response.setHeader('access-control-allow-origin', '*');
    try {
      const status = await this.#route(request, response);
      if (status !== undefined) reply(response, status[0], status[1]);
    } catch (error) {
      if (error instanceof Refusal)
        reply(response, 400, { refusal: error.code, reason: error.message });
      else reply(response, 500, { reason: 'the daemon could not take the request; try again' });
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse
  ): Promise<[number, object] | undefined> {
    const { method, url = '/' } = request;
    const known = /^\/requests\/([0-9a-f]{64})$/.exec(url);
    if (method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'GET, POST');
      response.setHeader('access-control-allow-headers', 'content-type');
      return [204, {}];
    }
    if (method === 'GET' && known !== null) return this.#tell(known[1]!);
    const order = /^\/orders\/([0-9a-f]{64})$/.exec(url);
    if (method === 'GET' && order !== null) return this.#tellOrder(order[1]!);
    const log = /^\/logs\/(B62[1-9A-HJ-NP-Za-km-z]{52})$/.exec(url);
    if (method === 'GET' && log !== null) return this.#tellLog(log[1]!);
    if (method !== 'POST' || url !== '/requests')
      return [
        404,
        { reason: 'POST /requests, GET /requests/<digest>, /orders/<digest> or /logs/<tab>' },
      ];
    const body = await readBody(request);
    if (body === undefined)
      return [413, { reason: `at most ${MAX_BODY_BYTES} bytes are taken; send files by CID` }];
    return this.#take(body);
  }

  #tell(digest: string): [number, object] {
    const jobs = this.context.journal.jobs.withDigest(digest);
    const job = jobs.find(({ state }) => state !== 'refused') ?? jobs[0];
    return job === undefined ? [404, { reason: 'no such request' }] : [200, describe(job)];
  }

  #tellOrder(digest: string): [number, object] {
    const orders = this.context.journal.orders.withDigest(digest);
    const order = orders.find(({ state }) => state !== 'refused') ?? orders[0];
    if (order === undefined) return [404, { reason: 'no such extension or closing' }];
    const { kind, tab, state, refusal, reason, transaction } = order;
    return [200, { digest, kind, tab, state, refusal, reason, transaction }];
  }

  /** Each note names the one before it, so the newest is the whole log to whoever can fetch blocks. */
  #tellLog(tab: string): [number, object] {
    const { jobs } = this.context.journal;
    const commits = jobs.commits(tab);
    const parents = new Set(commits.map(({ parent }) => parent));
    const newest = commits.find(({ head }) => !parents.has(head));
    if (newest === undefined) return [404, { reason: 'no log of that tab is kept here' }];
    const note = rawCidOf(fromHex(jobs.get(newest.id).note!, 32));
    return [200, { note: String(note), commit: newest.head }];
  }

  /** Only what is whole, ours and signed is written down; the rest is checked as for a ring. */
  #take(body: Uint8Array): [number, object] {
    const { journal, policy, offers, parts } = this.context;
    const block = body.slice(0, REQUEST_BYTES);
    const envelope = body.slice(REQUEST_BYTES);
    const request = parsed(() => parseRequest(block));
    const { service, tab, requestKey } = request.terms;
    const refuse = (code: RefusalCode, reason: string): Refusal => new Refusal(code, reason);
    if (!offers.has(service))
      throw refuse('SERVICE', `${service} is not a service of this provider`);
    if (!equalBytes(sha256(envelope), request.envelope))
      throw refuse('ENVELOPE', 'the envelope is not the one that the request was signed for');
    if (!parts.verify(requestCommitment(request), request.signature, requestKey))
      throw refuse('SIGNATURE', `the request is not signed by ${requestKey}`);
    if (journal.jobs.count('seen', 'fetched') >= policy.backlog)
      return [429, { reason: `${policy.backlog} requests wait already; try again later` }];
    const key = { service, tab, digest: toHex(sha256(block)) };
    const job = journal.write('job.handed', () => {
      const seen = journal.jobs.see(key);
      if (seen.state === 'seen') {
        journal.blocks.keep(seen.id, 'request', block);
        journal.blocks.keep(seen.id, 'envelope', envelope);
      }
      return seen;
    });
    this.context.emit({ kind: 'seen', ...this.context.about(job) });
    this.onRequest();
    return [202, describe(job)];
  }
}

const describe = ({ digest, state, sequence, refusal, reason, result, head }: Job): object => ({
  ...{ digest, state, sequence, refusal, reason, result, head },
});

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

/** `undefined` where it is longer than a request can be. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
