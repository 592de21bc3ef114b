export { type TransportOptions, transport, repositoryAddress };

import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { type FetchCode, FetchError, fetchWhole } from '../contracts/chain/fetch.ts';
import { withDefaultBranch } from './advertisement.ts';
import { type GitCode, GitError } from './error.ts';

interface TransportOptions {
  readonly signal?: AbortSignal | undefined;
  /** For all requests of this transport together. */
  readonly milliseconds: number;
  /** Of all answers of this transport together, as they come out of any content encoding. */
  readonly bytes: number;
}

/** @throws {GitError} `ADDRESS` */
function repositoryAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new GitError(
      'ADDRESS',
      `${JSON.stringify(text.slice(0, 200))} is not a repository; give an http or https address without credentials`
    );
  if (url.search !== '' || url.hash !== '')
    throw new GitError('ADDRESS', `${url.origin} is given with a query; a repository has none`);
  return url.href.replace(/\/$/, '');
}

/**
 * HTTP for isomorphic-git on the platform's own fetch. Answers are collected before they are handed
 * on, so that none is endless and an error is always the request's. Redirects are refused: they would
 * let a host send a daemon, and its token, to doors inside its own network.
 * @throws {GitError} `ABORTED`, `TIMEOUT`, `UNREACHABLE`, `TOO_LARGE`
 */
function transport({ signal, milliseconds, bytes }: TransportOptions): HttpClient {
  const end = Date.now() + milliseconds;
  let left = bytes;
  return {
    async request({ url, method = 'GET', headers = {}, body }) {
      const init = { method, headers, ...(body && { body: await whole(body) }) };
      const bounds = { signal, milliseconds: end - Date.now(), maxBytes: left };
      const answer = await fetchWhole(url, init, bounds).catch((cause: unknown) => {
        throw FetchError.is(cause) ? complaint(cause, { milliseconds, bytes }) : cause;
      });
      left -= answer.bytes.length;
      const isAdvertisement = url.endsWith('/info/refs?service=git-upload-pack');
      const content = isAdvertisement ? withDefaultBranch(answer.bytes) : answer.bytes;
      return {
        url,
        method,
        statusCode: answer.status,
        statusMessage: answer.statusText,
        headers: Object.fromEntries(answer.headers),
        body: [content] as unknown as NonNullable<GitHttpResponse['body']>,
      };
    },
  };
}

const CODES: Readonly<Record<FetchCode, GitCode>> = {
  ABORTED: 'ABORTED',
  TIMEOUT: 'TIMEOUT',
  UNREACHABLE: 'UNREACHABLE',
  INCOMPLETE: 'UNREACHABLE',
  TOO_LARGE: 'TOO_LARGE',
};

/** With the limits of the transport, of which a request has only what is left. */
const complaint = (
  cause: FetchError,
  { milliseconds, bytes }: Pick<TransportOptions, 'milliseconds' | 'bytes'>
): GitError =>
  new GitError(
    CODES[cause.code],
    `${cause.message}; all requests together may take ${milliseconds} ms and ${bytes} bytes`,
    { cause }
  );

async function whole(body: NonNullable<GitHttpRequest['body']>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
