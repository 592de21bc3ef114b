export { gatewaySource, fetchCar, type GatewayOptions };

import type { CID } from 'multiformats/cid';
import { type Abortable, withDeadline } from './abort.ts';
import { assertBlock } from './block.ts';
import { importCar } from './car.ts';
import { IpfsError } from './error.ts';
import type { Limits } from './budget.ts';
import { MAX_BLOCK_BYTES } from './profile.ts';
import { type BlockSink, type BlockSource, firstOf } from './source.ts';

type GatewayOptions = {
  /** How long one gateway may take for one block. */
  milliseconds?: number;
  /** After this long the next gateway is asked as well. */
  patience?: number;
};

const MAX_REDIRECTS = 3;
const ACCEPT = { raw: 'application/vnd.ipld.raw', car: 'application/vnd.ipld.car; version=1' };

/**
 * Blocks from trustless gateways, the first of `urls` first. No gateway is believed: wrong, cut,
 * endless or late answers cost it its turn.
 * @param urls bases such as `https://trustless-gateway.link`, to which `/ipfs/<cid>` is added
 * @throws {IpfsError} `bad-address` at once
 * @see https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
function gatewaySource(
  urls: readonly string[],
  { milliseconds = 15_000, patience = 2_000 }: GatewayOptions = {}
): BlockSource {
  const one = (base: URL): BlockSource => ({
    get: (cid, { signal } = {}) =>
      withDeadline(`block ${String(cid)} from ${base.host}`, milliseconds, signal, async (both) => {
        const response = await request(base, cid, 'raw', both);
        return assertBlock(cid, await readBody(response, base));
      }),
  });
  return firstOf(urls.map(baseOf).map(one), { patience });
}

/**
 * The whole DAG under `root` into `sink`, as one CAR from the first gateway that sends it right and
 * whole. Use it where a request for every block would be slow.
 * @throws {IpfsError} `unreachable` with every gateway's error as its cause, `limit`, `aborted`
 */
async function fetchCar(
  urls: readonly string[],
  root: CID,
  sink: BlockSink,
  {
    signal,
    limits,
    milliseconds = 10 * 60_000,
  }: Abortable & { limits?: Partial<Limits>; milliseconds?: number } = {}
): Promise<{ blocks: number; bytes: number }> {
  const failures: unknown[] = [];
  for (const base of urls.map(baseOf)) {
    try {
      return await withDeadline(
        `the CAR of ${String(root)} from ${base.host}`,
        milliseconds,
        signal,
        async (both) => {
          const response = await request(base, root, 'car', both);
          return importCar(root, chunksOf(response, base), sink, {
            signal: both,
            ...(limits && { limits }),
          });
        }
      );
    } catch (error) {
      if (IpfsError.is(error, 'aborted')) throw error;
      failures.push(error);
    }
  }
  // One gateway can make any DAG look too large; when all say so, the limit is the news.
  const [first] = failures;
  if (IpfsError.is(first, 'limit') && failures.every((failure) => IpfsError.is(failure, 'limit')))
    throw first;
  throw new IpfsError(
    'unreachable',
    `none of ${urls.length} gateways sent ${String(root)} whole; add another gateway`,
    { cause: new AggregateError(failures) }
  );
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new IpfsError(
      'bad-address',
      `${JSON.stringify(text)} is not a gateway; give an http or https URL without credentials`
    );
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  url.search = url.hash = '';
  return url;
}

async function request(
  base: URL,
  cid: CID,
  format: 'raw' | 'car',
  signal: AbortSignal
): Promise<Response> {
  const parameters = format === 'raw' ? 'format=raw' : 'format=car&dag-scope=all&dups=n';
  let url = new URL(`ipfs/${String(cid)}?${parameters}`, base);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await send(url, format, signal);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null)
      return answered(response, base, cid);
    await response.body?.cancel();
    url = redirected(url, location, base);
  }
  throw new IpfsError('unreachable', `${base.host} redirects more than ${MAX_REDIRECTS} times`);
}

async function send(url: URL, format: 'raw' | 'car', signal: AbortSignal): Promise<Response> {
  const init = { headers: { accept: ACCEPT[format] }, signal };
  try {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    // A page may not see where a redirect leads; the browser follows it under its own rules.
    return response.type === 'opaqueredirect' ? await fetch(url, init) : response;
  } catch (cause) {
    throw new IpfsError('unreachable', `${url.host} did not answer`, { cause });
  }
}

/** Gateways redirect to `<cid>.ipfs.<host>`. Elsewhere, a daemon would knock on doors inside its network. */
function redirected(from: URL, location: string, base: URL): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const near = to?.hostname === base.hostname || to?.hostname.endsWith(`.${base.hostname}`);
  if (to === undefined || !near || (to.protocol !== base.protocol && to.protocol !== 'https:'))
    throw new IpfsError('unreachable', `${base.host} redirects to ${location.slice(0, 200)}`);
  return to;
}

async function answered(response: Response, base: URL, cid: CID): Promise<Response> {
  if (response.status === 200) return response;
  await response.body?.cancel();
  if (response.status === 404 || response.status === 410)
    throw new IpfsError('not-found', `${base.host} does not have ${String(cid)}`);
  throw new IpfsError('unreachable', `${base.host} answered ${response.status} for ${String(cid)}`);
}

async function readBody(response: Response, base: URL): Promise<Uint8Array> {
  const whole = new Uint8Array(MAX_BLOCK_BYTES);
  let length = 0;
  for await (const chunk of chunksOf(response, base)) {
    if (length + chunk.length > whole.length)
      throw new IpfsError('limit', `${base.host} sends more than ${MAX_BLOCK_BYTES} bytes`);
    whole.set(chunk, length);
    length += chunk.length;
  }
  return whole.slice(0, length);
}

async function* chunksOf(response: Response, base: URL): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw new IpfsError('incomplete', `${base.host} broke off in mid-answer`, { cause });
  } finally {
    await reader.cancel().catch(() => undefined); // already broken, or ended
  }
}
