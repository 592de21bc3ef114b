import { deadline } from './deadline.ts';

export { type Answer, type Bounds, type FetchCode, type Whole };
export { FetchError, fetchAnswer, fetchWhole, joined };

/** Closed: why there is no whole answer. */
type FetchCode =
  /** The caller's signal. */
  | 'ABORTED'
  | 'TIMEOUT'
  /** No status came. */
  | 'UNREACHABLE'
  /** It broke off in mid-answer. */
  | 'INCOMPLETE'
  | 'TOO_LARGE';

/** Each caller has codes of its own; this one does not leave them. */
class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(
    readonly code: FetchCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }

  static is(error: unknown, ...codes: FetchCode[]): error is FetchError {
    return error instanceof FetchError && (codes.length === 0 || codes.includes(error.code));
  }
}

interface Bounds {
  readonly signal?: AbortSignal | undefined;
  /** To the last byte. */
  readonly milliseconds: number;
  /** Of the body, as it comes out of any content encoding. */
  readonly maxBytes: number;
}

interface Answer {
  /** 0 where a browser hides a redirect from a page that asked for `redirect: 'manual'`. */
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** To be read once. Throws {@link FetchError} `ABORTED`, `TIMEOUT`, `INCOMPLETE`, `TOO_LARGE`. */
  readonly parts: AsyncIterable<Uint8Array>;
}

interface Whole extends Omit<Answer, 'parts'> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * fetch that ends. Node 20's own forgets its signal once the request is collected as garbage, while the
 * body is still coming in: an answer that stalls there would hold its reader for ever. Redirects are
 * refused unless asked for: they let a host send a daemon, and its token, to doors inside its network.
 *
 * @param take what is made of the answer; when it returns the connection is let go
 * @throws FetchError, and what `take` throws
 */
async function fetchAnswer<T>(
  url: string | URL,
  init: Omit<RequestInit, 'signal'>,
  { signal, milliseconds, maxBytes }: Bounds,
  take: (answer: Answer) => Promise<T>
): Promise<T> {
  const { host } = new URL(url);
  const stop = deadline(milliseconds, signal);
  /** To be asked after each wait: who hung up sees the end of a body like any other. */
  const check = (): void => {
    if (signal?.aborted)
      throw new FetchError('ABORTED', `talking to ${host} was stopped`, { cause: signal.reason });
    if (stop.signal.aborted)
      throw new FetchError('TIMEOUT', `${host} took longer than ${milliseconds} ms`);
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const hangUp = (): void => void reader?.cancel().catch(() => undefined); // broken, or ended
  try {
    check();
    const response = await begin(
      url,
      { ...init, redirect: init.redirect ?? 'error', signal: stop.signal },
      check
    );
    reader = response.body?.getReader();
    stop.signal.addEventListener('abort', hangUp, { once: true });
    const { status, statusText, headers } = response;
    return await take({ status, statusText, headers, parts: read(reader, host, maxBytes, check) });
  } finally {
    stop.clear();
    hangUp();
  }
}

/** The whole body at once: see {@link fetchAnswer}. */
const fetchWhole = async (
  url: string | URL,
  init: Omit<RequestInit, 'signal'>,
  bounds: Bounds
): Promise<Whole> =>
  fetchAnswer(url, init, bounds, async ({ parts, ...head }) => ({
    ...head,
    bytes: await joined(parts),
  }));

async function joined(parts: Answer['parts']): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    chunks.push(part);
    size += part.length;
  }
  const bytes = new Uint8Array(size);
  for (const chunk of chunks.reverse()) bytes.set(chunk, (size -= chunk.length));
  return bytes;
}

async function begin(
  url: string | URL,
  init: RequestInit & { readonly signal: AbortSignal },
  check: () => void
): Promise<Response> {
  const response = fetch(url, init);
  let onStop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onStop = () => reject(new Error('stopped'));
    init.signal.addEventListener('abort', onStop, { once: true });
  });
  try {
    return await Promise.race([response, stopped]);
  } catch (cause) {
    void response.then(async ({ body }) => body?.cancel()).catch(() => undefined); // came too late
    check();
    const { host } = new URL(url);
    throw new FetchError('UNREACHABLE', `${host} did not answer: ${reason(cause)}`, { cause });
  } finally {
    init.signal.removeEventListener('abort', onStop);
  }
}

async function* read(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  host: string,
  maxBytes: number,
  check: () => void
): AsyncGenerator<Uint8Array> {
  for (let size = 0; reader !== undefined;) {
    const part = await reader.read().catch((cause: unknown) => {
      check();
      const message = `${host} broke off in mid-answer: ${reason(cause)}`;
      throw new FetchError('INCOMPLETE', message, { cause });
    });
    check();
    if (part.done) return;
    size += part.value.length;
    // A length header is a claim, and compressed bodies hide their size.
    if (size > maxBytes)
      throw new FetchError('TOO_LARGE', `${host} sends more than ${maxBytes} bytes`);
    yield part.value;
  }
}

/** fetch says only "fetch failed"; the reason is the cause. */
const reason = (error: unknown): string =>
  error instanceof Error ? reason(error.cause ?? error.message) : String(error);
