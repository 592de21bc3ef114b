import * as v from 'valibot';
import { ChainError } from './error.ts';
import { FetchError, fetchWhole } from './fetch.ts';

export { type Graphql, type GraphqlOptions, type QueryOptions, createGraphql, pause };

/** A GraphQL service reached over HTTP: a node, or an archive. */
interface Graphql {
  /**
   * @param variables what the document's `$names` stand for; never spliced into its text
   * @param schema shape of `data`; anything else in the answer is `MALFORMED`
   * @throws ChainError `UNREACHABLE`, `TOO_LARGE`, `MALFORMED`, `QUERY_FAILED`
   */
  query<const S extends v.GenericSchema>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    schema: S,
    options?: QueryOptions
  ): Promise<v.InferOutput<S>>;
}

interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

interface GraphqlOptions {
  /** Milliseconds for one answer, to its last byte. Default 30,000. */
  readonly timeout?: number;
  /** Most bytes of one answer. Default 16 MiB. */
  readonly maxBytes?: number;
  /** How often the whole list of endpoints is tried. Default 3. */
  readonly rounds?: number;
  /** Milliseconds before the second round; doubles with each. Default 500. */
  readonly backoff?: number;
}

const Answer = v.object({
  data: v.nullish(v.unknown()),
  errors: v.nullish(
    v.array(
      v.object({
        message: v.string(),
        extensions: v.nullish(v.object({ code: v.optional(v.string()) })),
      })
    )
  ),
});

/**
 * Asks the endpoints in order until one answers. Only what may heal is tried again: no connection, a
 * cut answer, a time-out, HTTP 429 and 5xx. A GraphQL error or a wrong shape is an answer.
 *
 * @param endpoints absolute http(s) URLs, at least one
 */
function createGraphql(endpoints: readonly string[], options: GraphqlOptions = {}): Graphql {
  const { timeout = 30_000, maxBytes = 16 * 2 ** 20, rounds = 3, backoff = 500 } = options;
  if (endpoints.length === 0 || !endpoints.every(isHttp))
    throw new ChainError('INVALID', 'name at least one endpoint, each an http(s) address');

  async function ask(endpoint: string, body: string, signal?: AbortSignal): Promise<unknown> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const init = { method: 'POST', headers, body };
    const bounds = { signal, milliseconds: timeout, maxBytes };
    const { status, bytes } = await fetchWhole(endpoint, init, bounds).catch(asTooLarge);
    if (status === 429 || status >= 500) throw new Error(`${endpoint} answered HTTP ${status}`);
    return parseAnswer(new TextDecoder().decode(bytes), endpoint, status);
  }

  return {
    async query(document, variables, schema, { signal } = {}) {
      const body = JSON.stringify({ query: document, variables });
      const failures: unknown[] = [];
      for (let round = 0; round < rounds; round++) {
        if (round > 0) await pause(backoff * 2 ** (round - 1), signal);
        for (const endpoint of endpoints) {
          signal?.throwIfAborted();
          try {
            return check(schema, await ask(endpoint, body, signal), endpoint);
          } catch (error) {
            signal?.throwIfAborted();
            if (error instanceof ChainError) throw error;
            failures.push(error);
          }
        }
      }
      throw new ChainError(
        'UNREACHABLE',
        `none of ${endpoints.join(', ')} answered in ${rounds} rounds; see that the node runs and can be reached`,
        { cause: failures.at(-1) }
      );
    },
  };
}

/** Waits, or throws the signal's reason. */
async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** An answer, though one that asking again does not make smaller. */
function asTooLarge(cause: unknown): never {
  if (!FetchError.is(cause, 'TOO_LARGE')) throw cause;
  const message = `${cause.message}; ask for less at once or use another endpoint`;
  throw new ChainError('TOO_LARGE', message, { cause });
}

function parseAnswer(text: string, endpoint: string, status: number): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ChainError('MALFORMED', `${endpoint} answered HTTP ${status} without JSON`, {
      cause,
    });
  }
  const { data, errors } = check(Answer, json, endpoint);
  const complaints = (errors ?? []).map(({ extensions, message }) =>
    [extensions?.code, message].filter(Boolean).join(': ')
  );
  if (complaints.length > 0) throw new ChainError('QUERY_FAILED', inert(complaints.join('; ')));
  return data;
}

/** A node's words, fit for a terminal and a log line. */
const inert = (message: string): string => message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500);

function check<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  endpoint: string
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'the answer';
  throw new ChainError(
    'MALFORMED',
    `${endpoint}: ${path}: ${inert(issue.message)}; use a node of the supported protocol version`
  );
}

function isHttp(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}
