export { type Target, readTarget };

import type { IncomingMessage } from 'node:http';
import type { CID } from 'multiformats/cid';
import { parseCid } from '../../../contracts/formats/cid.ts';
import { unsafeName } from '../../../ipfs/names.ts';
import { HttpError } from './answer.ts';

type Format = 'file' | 'raw' | 'car';

/** What a request to the gateway asks for. */
type Target = {
  root: CID;
  path: string[];
  /** The URL ended in `/`, so that relative links of an index page resolve. */
  slash: boolean;
  format: Format;
  /** Of a CAR: the whole DAG or the one block. */
  scope: 'all' | 'block';
  /** As the client sees it, for redirects: path and query apart. */
  pathname: string;
  search: string;
};

const SUBDOMAIN = /^([a-z0-9]+)\.ipfs\.localhost(?::\d+)?$/;
const ACCEPT: Record<string, Format> = {
  'application/vnd.ipld.raw': 'raw',
  'application/vnd.ipld.car': 'car',
};

/**
 * Reads path form and subdomain form.
 * @throws {HttpError} 400, 404, 406
 * @see https://specs.ipfs.tech/http-gateways/path-gateway/
 * @see https://specs.ipfs.tech/http-gateways/subdomain-gateway/
 */
function readTarget({ url = '/', headers }: IncomingMessage): Target {
  if (!/^\/(?!\/)/.test(url) || !URL.canParse(url, 'http://gateway'))
    throw new HttpError(400, 'the request has no readable path');
  const { pathname, searchParams, search } = new URL(url, 'http://gateway');
  const subdomain = SUBDOMAIN.exec(headers.host ?? '')?.[1];
  const segments = pathname.split('/').slice(1);
  if (subdomain === undefined && segments.shift() !== 'ipfs')
    throw new HttpError(404, 'this gateway serves /ipfs/<cid> and nothing else');
  const root = readCid(subdomain ?? segments.shift() ?? '');
  const slash = segments.at(-1) === '';
  if (slash) segments.pop();
  return {
    root,
    path: segments.map(readSegment),
    slash,
    ...readFormat(searchParams, headers.accept),
    pathname,
    search,
  };
}

function readCid(text: string): CID {
  try {
    return parseCid(text);
  } catch (cause) {
    throw new HttpError(
      400,
      `${JSON.stringify(text.slice(0, 100))} is not a CID: ${String(cause)}`
    );
  }
}

function readSegment(segment: string): string {
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, 'the path is not percent-encoded UTF-8');
  }
  const reason = unsafeName(name);
  if (reason !== undefined) throw new HttpError(400, `a name in the path ${reason}`);
  return name;
}

function readFormat(
  query: URLSearchParams,
  accept: string | undefined
): Pick<Target, 'format' | 'scope'> {
  const asked = query.get('format');
  const types = (accept ?? '').split(',').map((type) => type.split(';', 1)[0]!.trim());
  const format = asked ?? types.map((type) => ACCEPT[type]).find(Boolean) ?? 'file';
  if (format !== 'raw' && format !== 'car' && (format !== 'file' || asked !== null))
    throw new HttpError(
      406,
      `the format ${JSON.stringify(format)} is not served; ask for raw or car`
    );
  const scope = query.get('dag-scope') ?? 'all';
  if (scope !== 'all' && scope !== 'block')
    throw new HttpError(
      400,
      `dag-scope ${JSON.stringify(scope)} is not served; ask for all or block`
    );
  return { format, scope };
}
