import type { CID } from 'multiformats/cid';
import { fetchWhole } from '../contracts/chain/fetch.ts';
import { rawCidOfBlock } from '../contracts/formats/cid.ts';
import { RequesterError } from './error.ts';

export { type Uploads, uploadsTo, assertUploads };

/** A door to IPFS for whoever runs no node: raw blocks in, each kept by its hash. */
interface Uploads {
  /** @throws RequesterError `UPLOAD` */
  put(block: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<CID>;
}

/** @throws RequesterError `UPLOAD` */
function assertUploads({ uploads }: { readonly uploads?: Uploads }): Uploads {
  if (uploads !== undefined) return uploads;
  throw new RequesterError(
    'UPLOAD',
    'no place is known to upload blocks to; choose one in the settings.'
  );
}

const BOUNDS = { milliseconds: 30_000, maxBytes: 64 * 1024 };

/**
 * `PUT <base>/ipfs/` with a bearer token: 201 and the block's CID.
 *
 * @param base looked at when something is uploaded: reading needs none
 */
const uploadsTo = (base: string, token?: string): Uploads => ({
  async put(block, { signal } = {}) {
    const cid = rawCidOfBlock(block);
    const url = addressOf(base);
    let status: number;
    let answer: string;
    try {
      const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
      const init = { method: 'PUT', headers, body: block as Uint8Array<ArrayBuffer> };
      const whole = await fetchWhole(url, init, { ...BOUNDS, signal });
      status = whole.status;
      answer = new TextDecoder('latin1').decode(whole.bytes).split('\n', 1)[0]!.trim();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new RequesterError(
        'UPLOAD',
        `${url.host} takes no blocks just now; see that it runs, or choose another address for uploads.`,
        { cause }
      );
    }
    if (status === 401 || status === 403)
      throw new RequesterError(
        'UPLOAD',
        `${url.host} answers ${status} to an upload; give it the token that it asks for.`
      );
    if (status !== 201 || answer !== String(cid))
      throw new RequesterError(
        'UPLOAD',
        `${url.host} answered ${status} and did not keep ${String(cid)}; choose another address for uploads.`
      );
    return cid;
  },
});

function addressOf(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new RequesterError(
      'UPLOAD',
      `${JSON.stringify(base)} is not an address to upload to; give one that begins with http:// or https://.`
    );
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return new URL('ipfs/', url);
}
