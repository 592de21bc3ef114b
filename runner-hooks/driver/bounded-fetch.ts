export { type FetchLimits, type Send, boundedFetch };

import { FetchError, fetchWhole } from '../../contracts/chain/fetch.ts';
import { ForgeError } from './error.ts';

interface FetchLimits {
  readonly signal: AbortSignal | undefined;
  /** To the last byte, of each try. */
  readonly seconds: number;
  readonly maxBytes: number;
}

/** What a forge's client needs of `fetch`. */
type Send = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** https://fetch.spec.whatwg.org/#null-body-status: `Response` takes no bytes for them. */
const BODILESS = [204, 205, 304];
/** Of what says why there is nothing, where nothing is all that was allowed. */
const MAX_REFUSAL_BYTES = 2 ** 16;

/**
 * A `fetch` for a forge's client whose answers come whole or not at all. Only the signal given here stops
 * it. Forges send a reader on to where the bytes of an artifact are, or to a repository's new name; fetch
 * itself takes the `authorization` away, and no other header, before it asks another origin.
 *
 * @throws {ForgeError} `aborted`, `too-large`: nothing that another try would change
 * @throws {FetchError} any other
 */
const boundedFetch =
  ({ signal, seconds, maxBytes }: FetchLimits): Send =>
  async (url, init) => {
    const most = Math.max(maxBytes, MAX_REFUSAL_BYTES);
    const bounds = { signal, milliseconds: 1000 * seconds, maxBytes: most };
    try {
      const { bytes, ...head } = await fetchWhole(url, { ...init, redirect: 'follow' }, bounds);
      if (head.status < 300 && bytes.length > maxBytes)
        throw new FetchError('TOO_LARGE', `the forge sends more than ${maxBytes} bytes`);
      return new Response(BODILESS.includes(head.status) ? null : bytes, head);
    } catch (cause) {
      if (!FetchError.is(cause, 'ABORTED', 'TOO_LARGE')) throw cause;
      const code = cause.code === 'ABORTED' ? 'aborted' : 'too-large';
      throw new ForgeError(code, cause.message, { cause });
    }
  };
