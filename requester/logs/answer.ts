import * as v from 'valibot';
import { FetchError, fetchWhole } from '../../contracts/chain/fetch.ts';
import { OracleError } from '../../oracle/error.ts';

export { type AskOptions, askJson };

interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that say that it is not there. */
  readonly absent?: readonly number[];
}

const BOUNDS = { milliseconds: 30_000, maxBytes: 8 * 2 ** 20 };

/**
 * Strict JSON of a host that is not believed. All of it or nothing: of a list in pages the first one says
 * nothing of what is not in it.
 *
 * @returns `undefined` for a status of `absent`: 404 unless told
 * @throws OracleError `UNREACHABLE`, `UNAUTHORIZED`, `TIMEOUT`, `TOO_LARGE`, `ABORTED`
 */
async function askJson<const S extends v.GenericSchema>(
  url: URL,
  schema: S,
  { signal, headers = {}, absent = [404] }: AskOptions = {}
): Promise<v.InferOutput<S> | undefined> {
  const answer = await fetchWhole(url, { headers }, { ...BOUNDS, signal }).catch(
    (cause: unknown) => {
      if (!FetchError.is(cause)) throw cause;
      const code = cause.code === 'INCOMPLETE' ? 'UNREACHABLE' : cause.code;
      throw new OracleError(code, cause.message, { cause });
    }
  );
  if (absent.includes(answer.status)) return undefined;
  if (answer.status === 403 || answer.status === 429) throw limited(url, answer.headers);
  if (answer.status === 401)
    throw new OracleError('UNAUTHORIZED', `${url.host} wants a token for that repository`);
  if (answer.status !== 200)
    throw new OracleError('UNREACHABLE', `${url.host} answered HTTP ${answer.status}`);
  if (/\brel="?next\b/.test(answer.headers.get('link') ?? ''))
    throw new OracleError(
      'TOO_LARGE',
      `${url.host} tells only a part of ${url.pathname} at a time`
    );
  try {
    return v.parse(schema, JSON.parse(new TextDecoder().decode(answer.bytes)));
  } catch (cause) {
    throw new OracleError('UNREACHABLE', `${url.host} answered in another form than expected`, {
      cause,
    });
  }
}

/** GitHub and GitLab tell when to ask again, by the clock or in seconds. */
function limited({ host }: URL, headers: Headers): OracleError {
  const numberIn = (name: string): number => Number(headers.get(name) ?? NaN) * 1000;
  const times = [
    Date.now() + numberIn('retry-after'),
    numberIn('x-ratelimit-reset'),
    numberIn('ratelimit-reset'),
  ];
  const until = new Date(times.find((time) => time > 0) ?? NaN);
  return new OracleError(
    'UNREACHABLE',
    `${host} answers no more for now: without a token it allows only so many questions` +
      (Number.isNaN(until.valueOf()) ? '' : `, again from ${until.toISOString().slice(11, 16)} UTC`)
  );
}
