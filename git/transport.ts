export { type TransportOptions, transport, repositoryAddress };

import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { withDefaultBranch } from './advertisement.ts';
import { GitError } from './error.ts';

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
  const deadline = AbortSignal.timeout(milliseconds);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  let left = bytes;

  const collect = async (response: Response, host: string): Promise<Uint8Array> => {
    const reader = response.body?.getReader();
    const chunks: Uint8Array[] = [];
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true as const };
      if (done) break;
      left -= value.length;
      if (left < 0) {
        await reader?.cancel().catch(() => undefined);
        throw new GitError('TOO_LARGE', `${host} sends more than the ${bytes} bytes allowed`);
      }
      chunks.push(value);
    }
    return Buffer.concat(chunks);
  };

  return {
    async request({ url, method = 'GET', headers = {}, body }: GitHttpRequest) {
      const { host } = new URL(url);
      try {
        const response = await fetch(url, {
          method,
          headers,
          redirect: 'error',
          signal: either,
          ...(body && { body: await whole(body) }),
        });
        const answer = await collect(response, host);
        const isAdvertisement = url.endsWith('/info/refs?service=git-upload-pack');
        return {
          url,
          method,
          statusCode: response.status,
          statusMessage: response.statusText,
          headers: Object.fromEntries(response.headers),
          body: [isAdvertisement ? withDefaultBranch(answer) : answer] as unknown as NonNullable<
            GitHttpResponse['body']
          >,
        };
      } catch (cause) {
        if (cause instanceof GitError) throw cause;
        if (signal?.aborted)
          throw new GitError('ABORTED', `talking to ${host} was stopped by its caller`, { cause });
        if (deadline.aborted)
          throw new GitError('TIMEOUT', `${host} took longer than ${milliseconds} ms`, { cause });
        throw new GitError('UNREACHABLE', `${host} did not answer: ${reason(cause)}`, { cause });
      }
    },
  };
}

/** fetch says only "fetch failed"; the reason is the cause. */
const reason = (error: unknown): string =>
  error instanceof Error ? reason(error.cause ?? error.message) : String(error);

async function whole(body: NonNullable<GitHttpRequest['body']>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}
