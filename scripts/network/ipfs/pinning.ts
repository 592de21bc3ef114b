export { answerPins };

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CID } from 'multiformats/cid';
import * as v from 'valibot';
import { parseCid } from '../../../contracts/formats/cid.ts';
import type { IpfsNode } from '../../../ipfs/node.ts';
import { allowEverywhere, answerJson, assertToken, HttpError, readBody } from './answer.ts';

const Request = v.object({
  cid: v.pipe(v.string(), v.maxLength(80)),
  name: v.optional(v.pipe(v.string(), v.maxLength(255)), ''),
  origins: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(512))), v.maxLength(20)), []),
  meta: v.optional(v.record(v.string(), v.string())),
});
type Status = 'queued' | 'pinning' | 'pinned' | 'failed';

type Wanted = { root: CID; name: string; origins: string[] };
type Row = { root: CID; name: string; created: number; status: Status };

/** A request on its way; what is pinned is read from the node's own records. */
type Job = Row & Wanted & { stop: AbortController };

const REASONS: Record<number, string> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'TOO_MANY_PINS',
};
const MAX_BODY = 64 * 1024;
const MAX_JOBS = 100;
const AT_ONCE = 2;

/**
 * The IPFS Pinning Service API over a node, a request id being the CID it is about: pinning the same
 * CID again is the same request.
 * @see https://ipfs.github.io/pinning-services-api-spec/
 */
function answerPins(
  node: IpfsNode,
  token: string | undefined
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const jobs = new Map<string, Job>();
  let running = 0;

  function start(): void {
    const job = [...jobs.values()].find(({ status }) => status === 'queued');
    if (job === undefined || running >= AT_ONCE) return;
    running += 1;
    job.status = 'pinning';
    pin(job)
      .then(
        () => jobs.delete(String(job.root)),
        () => (job.status = 'failed')
      )
      .finally(() => {
        running -= 1;
        start();
      });
  }

  async function pin({ root, name, origins, stop: { signal } }: Job): Promise<void> {
    await Promise.allSettled(origins.map((origin) => node.dial(origin, { signal }))); // hints, no more
    await node.pins.pin(root, { name, source: node.source, signal });
  }

  async function add({ root, name, origins }: Wanted): Promise<Row> {
    const key = String(root);
    const known = jobs.get(key);
    if (known !== undefined && known.status !== 'failed') return known;
    if (known === undefined && jobs.size >= MAX_JOBS)
      throw new HttpError(409, `${MAX_JOBS} pins are waiting or failed; delete some first`);
    const job: Job = {
      ...{ root, name, origins, created: Date.now(), status: 'queued' },
      stop: new AbortController(),
    };
    jobs.set(key, job);
    start();
    return { ...job, status: 'queued' };
  }

  async function remove(root: CID): Promise<boolean> {
    const job = jobs.get(String(root));
    job?.stop.abort();
    jobs.delete(String(root));
    const pinned = await node.pins.isPinned(root);
    if (pinned) await node.pins.unpin(root);
    return pinned || job !== undefined;
  }

  async function rows(): Promise<Row[]> {
    const all: Row[] = [...jobs.values()];
    for await (const pin of node.pins.list())
      if (!jobs.has(String(pin.root))) all.push({ ...pin, status: 'pinned' });
    return all.sort((a, b) => b.created - a.created);
  }

  const shown = ({ root, name, created, status }: Row): object => ({
    requestid: String(root),
    status,
    created: new Date(created).toISOString(),
    pin: { cid: String(root), name },
    delegates: node.peerAddresses(),
  });

  return async (request, response) => {
    allowEverywhere(response, 'GET, POST, DELETE, OPTIONS');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    try {
      assertToken(request, token);
      await route(request, response);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const reason = REASONS[error.status] ?? 'BAD_REQUEST';
      answerJson(response, error.status, { error: { reason, details: error.message } });
    }
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway');
    const id = pathname.slice('/pins/'.length);
    const call = `${String(request.method)} ${id === '' ? '/pins' : '/pins/id'}`;
    switch (call) {
      case 'GET /pins': {
        const found = (await rows()).filter(matches(searchParams));
        const limit = readLimit(searchParams.get('limit'));
        const results = found.slice(0, limit).map(shown);
        answerJson(response, 200, { count: found.length, results });
        return;
      }
      case 'POST /pins':
        answerJson(response, 202, shown(await add(await readWanted(request))));
        return;
      case 'GET /pins/id': {
        const row = (await rows()).find(({ root }) => String(root) === id);
        if (row === undefined) throw new HttpError(404, 'there is no such pin');
        answerJson(response, 200, shown(row));
        return;
      }
      case 'POST /pins/id': {
        const wanted = await readWanted(request);
        if (!(await remove(readCid(id)))) throw new HttpError(404, 'there is no such pin');
        answerJson(response, 202, shown(await add(wanted)));
        return;
      }
      case 'DELETE /pins/id':
        if (!(await remove(readCid(id)))) throw new HttpError(404, 'there is no such pin');
        response.writeHead(202).end();
        return;
      default:
        throw new HttpError(405, `${call} is not part of the API`);
    }
  }
}

/** Pinned ones only, unless asked otherwise: so the API has it. */
function matches(query: URLSearchParams): (row: Row) => boolean {
  const list = (name: string): string[] | undefined => query.get(name)?.split(',');
  const cids = list('cid');
  const statuses = list('status') ?? ['pinned'];
  const name = query.get('name');
  return (row) =>
    (cids === undefined || cids.includes(String(row.root))) &&
    (name === null || row.name === name) &&
    statuses.includes(row.status);
}

function readLimit(text: string | null): number {
  const limit = Number(text ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new HttpError(400, 'limit is a number from 1 to 1000');
  return limit;
}

async function readWanted(request: IncomingMessage): Promise<Wanted> {
  const text = (await readBody(request, MAX_BODY)).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
  const parsed = v.safeParse(Request, json);
  if (!parsed.success)
    throw new HttpError(400, `the pin is not as the API has it: ${parsed.issues[0].message}`);
  const { cid, name, origins } = parsed.output;
  return { root: readCid(cid), name, origins };
}

function readCid(text: string): CID {
  try {
    return parseCid(text);
  } catch (cause) {
    throw new HttpError(400, String(cause));
  }
}
