import * as v from 'valibot';
import { FetchError, fetchWhole } from '../../contracts/chain/fetch.ts';
import { OracleError } from '../../oracle/error.ts';

export { type AskOptions, askJson };

interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const BOUNDS = { milliseconds: 30_000, maxBytes: 8 * 2 ** 20 };

/**
 * Strict JSON of a host that is not believed.
 *
 * @returns `undefined` for a 404
 * @throws OracleError `UNREACHABLE`, `UNAUTHORIZED`, `TIMEOUT`, `TOO_LARGE`, `ABORTED`
 */
async function askJson<const S extends v.GenericSchema>(
  url: URL,
  schema: S,
  { signal, headers = {} }: AskOptions = {}
): Promise<v.InferOutput<S> | undefined> {
  const answer = await fetchWhole(url, { headers }, { ...BOUNDS, signal }).catch(
    (cause: unknown) => {
      if (!FetchError.is(cause)) throw cause;
      const code = cause.code === 'INCOMPLETE' ? 'UNREACHABLE' : cause.code;
      throw new OracleError(code, cause.message, { cause });
    }
  );
  if (answer.status === 404) return undefined;
  if (answer.status === 403 || answer.status === 429) throw limited(url, answer.headers);
  if (answer.status === 401)
    throw new OracleError('UNAUTHORIZED', `${url.host} wants a token for that repository`);
  if (answer.status !== 200)
    throw new OracleError('UNREACHABLE', `${url.host} answered HTTP ${answer.status}`);
  try {
    return v.parse(schema, JSON.parse(new TextDecoder().decode(answer.bytes)));
  } catch (cause) {
    throw new OracleError('UNREACHABLE', `${url.host} answered in another form than expected`, {
      cause,
    });
  }
}

function limited({ host }: URL, headers: Headers): OracleError {
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'));
  const until = reset > 0 ? new Date(reset * 1000).toISOString().slice(11, 16) : undefined;
  return new OracleError(
    'UNREACHABLE',
    `${host} answers no more for now: without a token it allows only so many questions` +
      (until === undefined ? '' : `, again from ${until} UTC`)
  );
}
