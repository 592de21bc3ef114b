import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { CID } from 'multiformats/cid';
import { deadline } from '../../contracts/chain/deadline.ts';
import { fetchWhole } from '../../contracts/chain/fetch.ts';
import { CliError } from '../cli/error.ts';

export { type PinningService, type Pinning, parseServices, pinAt };

/** One that speaks the IPFS Pinning Service API. */
interface PinningService {
  /** Such as `https://api.pinata.cloud/psa`: `/pins` is below it. */
  readonly url: string;
  readonly token: string;
}

interface Pinning {
  readonly cid: CID;
  readonly name: string;
  /** Multiaddresses of a node that has the blocks. */
  readonly origins: readonly string[];
  /** Connects that node to the service's, whose addresses the service tells. */
  readonly dial: (address: string) => Promise<void>;
  /** Milliseconds in all, and between two looks. */
  readonly timeout?: number;
  readonly interval?: number;
  readonly signal?: AbortSignal | undefined;
}

const REQUEST = { milliseconds: 30_000, maxBytes: 256 * 1024 };

const Status = v.object({
  requestid: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
  status: v.picklist(['queued', 'pinning', 'pinned', 'failed']),
  pin: v.object({ cid: v.string() }),
  delegates: v.optional(v.array(v.pipe(v.string(), v.maxLength(512))), []),
});

/**
 * Reads `<url> <token file>` pairs, separated by commas, as `$RUNPROOF_PINNING` holds them.
 * @throws CliError `SETTINGS`
 */
function parseServices(text: string): PinningService[] {
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [url = '', file, ...rest] = pair.split(/\s+/);
      if (file === undefined || rest.length > 0)
        throw new CliError(
          'SETTINGS',
          `${JSON.stringify(pair)} is not a pinning service; write "<address> <token file>".`
        );
      const address = URL.canParse(url) ? new URL(url) : undefined;
      if (!/^https?:$/.test(address?.protocol ?? '') || address!.username || address!.password)
        throw new CliError('SETTINGS', `${JSON.stringify(url)} is not an http(s) address.`);
      return { url: url.replace(/\/+$/, ''), token: tokenIn(file) };
    });
}

function tokenIn(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CliError('SETTINGS', `${file} with the pinning token can't be read.`, { cause });
  }
  if (!/^[!-~]{1,4096}$/.test(token))
    throw new CliError('SETTINGS', `${file} holds no token: one line of printable characters.`);
  return token;
}

/**
 * Asks a service to pin a DAG and waits until it says that it has.
 * @see https://ipfs.github.io/pinning-services-api-spec/
 * @throws CliError `FAILED`
 */
async function pinAt(service: PinningService, pinning: Pinning): Promise<void> {
  const { cid, name, origins, dial, timeout = 600_000, interval = 1_000, signal } = pinning;
  const host = new URL(service.url).host;
  const { signal: both } = deadline(timeout, signal);
  const pin = { cid: cid.toString(), name, origins };
  let now = await call(service, 'POST', '/pins', both, pin);
  if (now.pin.cid !== pin.cid)
    throw new CliError('FAILED', `${host} took ${now.pin.cid} for a request to pin ${pin.cid}.`);
  // The service may be able to reach us by `origins`; that we reach it is what works behind a router.
  await Promise.allSettled(now.delegates.map(dial));
  while (now.status !== 'pinned') {
    if (now.status === 'failed')
      throw new CliError(
        'FAILED',
        `${host} could not fetch ${pin.cid}; try again, or send it the CAR.`
      );
    try {
      await sleep(interval, undefined, { signal: both });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new CliError(
        'FAILED',
        `${host} has not pinned ${pin.cid} within ${timeout / 1000} s; look at ${now.requestid} there.`,
        { cause }
      );
    }
    now = await call(service, 'GET', `/pins/${encodeURIComponent(now.requestid)}`, both);
  }
}

async function call(
  { url, token }: PinningService,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
  body?: object
): Promise<v.InferOutput<typeof Status>> {
  const { host } = new URL(url);
  let status: number;
  let text: string;
  try {
    const init = {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const whole = await fetchWhole(`${url}${path}`, init, { ...REQUEST, signal });
    status = whole.status;
    text = new TextDecoder().decode(whole.bytes);
  } catch (cause) {
    throw new CliError('FAILED', `${host} doesn't answer; check the address of the service.`, {
      cause,
    });
  }
  if (status === 401 || status === 403)
    throw new CliError('FAILED', `${host} answers ${status}; check the token in the file.`);
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Status), text);
  if (status >= 300 || !answer.success)
    throw new CliError(
      'FAILED',
      `${host} answers ${status} and not as the Pinning Service API has it: ${JSON.stringify(text.slice(0, 200))}.`
    );
  return answer.output;
}
