export { requesterOf };

import { setTimeout as sleep } from 'node:timers/promises';
import type { Gitlab } from '@gitbeaker/rest';
import { type FetchLimits, boundedFetch } from './bounded-fetch.ts';
import { ForgeError } from './error.ts';

/** What the client hands to whoever speaks HTTP for it. */
type Requester = InstanceType<typeof Gitlab>['Pipelines']['requester'];
type Options = NonNullable<Parameters<Requester['get']>[1]>;
type Service = {
  readonly url: string;
  readonly authHeaders: Readonly<Record<string, () => Promise<string>>>;
};

const TRIES = 4;
/** Told to wait for longer, the daemon tries again later. */
const MAX_WAIT_SECONDS = 300;
const TRIGGER = /^projects\/[^/]+\/trigger\/pipeline$/;

/**
 * HTTP for the client in place of its own, which answers `retry-after` by asking ten times within a
 * second, asks a second time for a pipeline that a failing server may have made, has no bound for bodies,
 * and puts the trigger token into the address, where proxies and logs keep it.
 */
const requesterOf =
  (limits: FetchLimits) =>
  (service: Service): Requester => {
    const ask = (method: string) => (endpoint: string, request: Options | undefined) =>
      askFor(service, method, endpoint, request ?? {}, limits);
    const methods = {
      ...{ get: ask('GET'), post: ask('POST'), put: ask('PUT') },
      ...{ patch: ask('PATCH'), delete: ask('DELETE') },
    };
    return methods as unknown as Requester;
  };

interface Answer {
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly status: number;
}

async function askFor(
  { url, authHeaders }: Service,
  method: string,
  endpoint: string,
  { searchParams = {}, body }: Options,
  limits: FetchLimits
): Promise<Answer> {
  const target = new URL(endpoint, url.endsWith('/') ? url : `${url}/`);
  const isTrigger = method === 'POST' && TRIGGER.test(endpoint);
  const headers: Record<string, string> = { 'user-agent': 'runproof' };
  if (!isTrigger)
    for (const [name, value] of Object.entries(authHeaders)) headers[name] = await value();
  let content: BodyInit | undefined;
  if (body instanceof FormData) content = body;
  else if (body !== undefined && Object.keys(body).length > 0) {
    content = JSON.stringify(snakeCased(body));
    headers['content-type'] = 'application/json';
  }
  for (const [name, value] of Object.entries(snakeCased(searchParams)))
    if (isTrigger && content instanceof FormData) content.set(name, value as string);
    else if (value !== undefined) target.searchParams.set(name, value as string);
  const send = boundedFetch(limits);
  for (let attempt = 1; ; attempt += 1) {
    let wait = attempt ** 2;
    try {
      const response = await send(target, {
        ...{ method, headers },
        ...(content === undefined ? {} : { body: content }),
      });
      if (response.ok) return await answerOf(response);
      const error = await errorOf(response, `${method} ${target.pathname}`);
      // What was refused for its number was not done; what failed may have been.
      const mayAgain =
        error.code === 'rate-limited' || (error.code === 'unreachable' && method === 'GET');
      wait = Number(response.headers.get('retry-after') ?? wait);
      if (!mayAgain || attempt === TRIES || !(wait <= MAX_WAIT_SECONDS)) throw error;
    } catch (cause) {
      if (cause instanceof ForgeError) throw cause;
      if (method !== 'GET' || attempt === TRIES)
        throw new ForgeError('unreachable', `${target.host} does not answer`, { cause });
    }
    const { signal } = limits;
    await sleep(1000 * wait, undefined, { ...(signal && { signal }) });
  }
}

const snakeCased = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ])
  );

async function answerOf(response: Response): Promise<Answer> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim();
  const headers = Object.fromEntries(response.headers.entries());
  const { status } = response;
  if (status === 204) return { body: null, headers, status };
  if (type === 'application/json') {
    const body: unknown = await response.json().catch((cause: unknown) => {
      throw new ForgeError('answer', 'the forge sent what is no JSON', { cause });
    });
    return { body, headers, status };
  }
  const body = type.startsWith('text/') ? await response.text() : await response.blob();
  return { body, headers, status };
}

async function errorOf(response: Response, what: string): Promise<ForgeError> {
  const said = (await response.text().catch(() => '')).slice(0, 300);
  const fail = (code: ForgeError['code'], advice: string): ForgeError =>
    new ForgeError(code, `${what}: ${advice} (${response.status} ${said})`);
  const { status } = response;
  if (status === 401) return fail('unauthorized', 'the token is not accepted; put another one');
  if (status === 403)
    return fail('unauthorized', 'the token may not do that; widen its permissions');
  if (status === 404 || status === 410) return fail('not-found', 'the forge does not have it');
  if (status === 429) return fail('rate-limited', 'asked too often');
  if (status < 500) return fail('refused', 'the forge refuses');
  return fail('unreachable', 'the forge fails');
}
