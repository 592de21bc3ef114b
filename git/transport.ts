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
  const end = Date.now() + milliseconds;
  let left = bytes;

  const send = async (request: GitHttpRequest, stop: AbortSignal): Promise<GitHttpResponse> => {
    const { url, method = 'GET', headers = {}, body } = request;
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: stop,
      ...(body && { body: await whole(body) }),
    });
    const answer = await collect(response, stop, (length) => {
      left -= length;
      if (left < 0)
        throw new GitError('TOO_LARGE', `${url} sends more than the ${bytes} bytes allowed`);
    });
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
  };

  return {
    async request(request) {
      const { host } = new URL(request.url);
      const stop = new AbortController();
      const onAbort = (): void =>
        stop.abort(new GitError('ABORTED', `talking to ${host} was stopped by its caller`));
      const onTime = (): void =>
        stop.abort(new GitError('TIMEOUT', `${host} took longer than ${milliseconds} ms`));
      const timer = setTimeout(onTime, Math.max(end - Date.now(), 0));
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      try {
        return await Promise.race([send(request, stop.signal), stopped(stop.signal)]);
      } catch (cause) {
        if (stop.signal.aborted) throw stop.signal.reason;
        if (cause instanceof GitError) throw cause;
        throw new GitError('UNREACHABLE', `${host} did not answer: ${reason(cause)}`, { cause });
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

/**
 * Rejects when `signal` fires. Node 20's fetch forgets a signal once its request is collected as
 * garbage, while the body is still coming in: an answer that stalls there would never end.
 */
const stopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fire = (): void => reject(signal.reason as GitError);
    if (signal.aborted) fire();
    else signal.addEventListener('abort', fire, { once: true });
  });

async function collect(
  response: Response,
  stop: AbortSignal,
  charge: (length: number) => void
): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  stop.addEventListener('abort', cancel, { once: true });
  const chunks: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      charge(value.length);
      chunks.push(value);
    }
  } finally {
    stop.removeEventListener('abort', cancel);
    cancel();
  }
}

/** fetch says only "fetch failed"; the reason is the cause. */
const reason = (error: unknown): string =>
  error instanceof Error ? reason(error.cause ?? error.message) : String(error);

async function whole(body: NonNullable<GitHttpRequest['body']>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}
