import { concatBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { fetchWhole } from '../contracts/chain/fetch.ts';
import { utf8 } from '../contracts/formats/bytes.ts';
import { RequesterError } from './error.ts';

export { type JobState, handOver, askEndpoint };

/** What a provider's endpoint says of a request, an extension or a closing. It is its word, and only shown. */
interface JobState {
  readonly state: string;
  readonly refusal?: string;
  readonly reason?: string;
}

const BOUNDS = { milliseconds: 30_000, maxBytes: 16 * 1024 };

/** A stranger's words, fit for a terminal and a page. */
const words = (most: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, most))
  );
const AnswerSchema = v.object({
  state: v.optional(words(20)),
  refusal: v.nullish(words(40)),
  reason: v.nullish(words(400)),
});
type Answer = v.InferOutput<typeof AnswerSchema>;

/**
 * Gives a request to its provider without the chain: it costs nothing and starts at once.
 *
 * @param endpoint of the service's keyset
 * @throws RequesterError `REFUSED`; `ENDPOINT` where ringing the inbox may still do
 */
async function handOver(
  endpoint: string,
  request: Uint8Array,
  envelope: Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<JobState> {
  const body = concatBytes(request, envelope) as Uint8Array<ArrayBuffer>;
  const { status, answer } = await ask(endpoint, 'requests', { method: 'POST', body }, signal);
  if (status === 202 && answer.state !== undefined) return stateOf(answer);
  if (status === 400)
    throw new RequesterError(
      'REFUSED',
      `the provider refused the request (${answer.refusal ?? 'no code'}): ${answer.reason ?? 'no reason given'}.`
    );
  throw new RequesterError(
    'ENDPOINT',
    `${endpoint} answered ${status}${answer.reason ? ` (${answer.reason})` : ''}; try again later, or send it through the chain.`
  );
}

/**
 * What became of a request, or of an order: an extension or a closing.
 *
 * @param digest of its block, in hex
 * @returns `undefined` where the endpoint does not know it or does not answer: the log tells as well
 */
async function askEndpoint(
  endpoint: string,
  digest: string,
  {
    of = 'requests',
    signal,
  }: { readonly of?: 'requests' | 'orders'; readonly signal?: AbortSignal } = {}
): Promise<JobState | undefined> {
  try {
    const { status, answer } = await ask(endpoint, `${of}/${digest}`, {}, signal);
    return status === 200 && answer.state !== undefined ? stateOf(answer) : undefined;
  } catch (error) {
    if (error instanceof RequesterError) return undefined;
    throw error;
  }
}

const stateOf = ({ state, refusal, reason }: Answer): JobState => ({
  state: state!,
  ...(refusal ? { refusal } : {}),
  ...(reason ? { reason } : {}),
});

async function ask(
  endpoint: string,
  path: string,
  init: Omit<RequestInit, 'signal'>,
  signal?: AbortSignal
): Promise<{ readonly status: number; readonly answer: Answer }> {
  const url = new URL(path, endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  try {
    const { status, bytes } = await fetchWhole(url, init, { ...BOUNDS, signal });
    const json: unknown = JSON.parse(utf8.decode(bytes));
    return { status, answer: v.parse(AnswerSchema, json) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new RequesterError(
      'ENDPOINT',
      `${url.host} does not take requests just now; try again later, or send it through the chain.`,
      { cause }
    );
  }
}
