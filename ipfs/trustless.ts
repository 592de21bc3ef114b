export { gatewaySource, fetchCar, type GatewayOptions };

import type { CID } from 'multiformats/cid';
import {
  type Answer,
  type Bounds,
  type FetchCode,
  FetchError,
  fetchAnswer,
  joined,
} from '../contracts/chain/fetch.ts';
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
        const bounds = { signal: both, milliseconds, maxBytes: MAX_BLOCK_BYTES };
        return request(base, cid, 'raw', bounds, async ({ parts }) =>
          assertBlock(cid, await joined(parts))
        );
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
          const bounds = { signal: both, milliseconds, maxBytes: Infinity };
          const options = { signal: both, ...(limits && { limits }) };
          return request(base, root, 'car', bounds, async ({ parts }) =>
            importCar(root, parts, sink, options)
          );
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

type Hop<T> =
  | { readonly kind: 'hidden' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'answer'; readonly taken: T };

/** Asks a gateway, follows it where it may lead, and gives the answer to `take`. */
async function request<T>(
  base: URL,
  cid: CID,
  format: 'raw' | 'car',
  bounds: Bounds,
  take: (answer: Answer) => Promise<T>
): Promise<T> {
  const parameters = format === 'raw' ? 'format=raw' : 'format=car&dag-scope=all&dups=n';
  let url = new URL(`ipfs/${String(cid)}?${parameters}`, base);
  const ask = async (redirect: 'manual' | 'follow'): Promise<Hop<T>> => {
    const init = { headers: { accept: ACCEPT[format] }, redirect };
    return fetchAnswer(url, init, bounds, async (answer) => {
      const { status, headers } = answer;
      const location = headers.get('location');
      if (status === 0) return { kind: 'hidden' } as const;
      if (status >= 300 && status <= 399 && location !== null)
        return { kind: 'redirect', location } as const;
      assertHas(status, base, cid);
      return { kind: 'answer', taken: await take(answer) } as const;
    }).catch(asIpfsError);
  };
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    let hop = await ask('manual');
    // A page may not see where a redirect leads; the browser follows it under its own rules.
    if (hop.kind === 'hidden') hop = await ask('follow');
    if (hop.kind === 'answer') return hop.taken;
    if (hop.kind === 'redirect') url = redirected(url, hop.location, base);
  }
  throw new IpfsError('unreachable', `${base.host} redirects more than ${MAX_REDIRECTS} times`);
}

const CODES: Readonly<Record<FetchCode, IpfsError['code']>> = {
  ABORTED: 'aborted',
  TIMEOUT: 'timeout',
  UNREACHABLE: 'unreachable',
  INCOMPLETE: 'incomplete',
  TOO_LARGE: 'limit',
};

function asIpfsError(cause: unknown): never {
  if (!FetchError.is(cause)) throw cause;
  throw new IpfsError(CODES[cause.code], cause.message, { cause });
}

/** Gateways redirect to `<cid>.ipfs.<host>`. Elsewhere, a daemon would knock on doors inside its network. */
function redirected(from: URL, location: string, base: URL): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const near = to?.hostname === base.hostname || to?.hostname.endsWith(`.${base.hostname}`);
  if (to === undefined || !near || (to.protocol !== base.protocol && to.protocol !== 'https:'))
    throw new IpfsError('unreachable', `${base.host} redirects to ${location.slice(0, 200)}`);
  return to;
}

function assertHas(status: number, base: URL, cid: CID): void {
  if (status === 200) return;
  if (status === 404 || status === 410)
    throw new IpfsError('not-found', `${base.host} does not have ${String(cid)}`);
  throw new IpfsError('unreachable', `${base.host} answered ${status} for ${String(cid)}`);
}
