import * as v from 'valibot';
import { fetchWhole } from '../../contracts/chain/fetch.ts';
import { CODEC, parseCid } from '../../contracts/formats/cid.ts';
import { readFile } from '../../ipfs/file.ts';
import type { BlockSource } from '../../ipfs/source.ts';

export { MAX_LIST_BYTES, parseRegistryList, readRegistryList };

const MAX_LIST_BYTES = 256 * 1024;
const MILLISECONDS = 15_000;

/** What looks like an address. Whether it is a key is seen when it is read: a thousand take a moment. */
const ADDRESS = /^B62[1-9A-HJ-NP-Za-km-z]{52}$/;

/** `{"version":1,"services":["B62…"]}`: somebody's choice of services. Each is checked as any other. */
const ListSchema = v.strictObject({
  version: v.literal(1),
  name: v.optional(v.pipe(v.string(), v.maxLength(80))),
  services: v.pipe(
    v.array(v.pipe(v.string(), v.regex(ADDRESS, 'expected an address'))),
    v.maxLength(2_000)
  ),
});

/** @throws Error for any other shape */
const parseRegistryList = (bytes: Uint8Array): readonly string[] =>
  v.parse(ListSchema, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).services;

/**
 * @param where http(s) address, or CID of a raw block or a file
 * @throws Error
 */
async function readRegistryList(
  where: string,
  blocks: BlockSource,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<readonly string[]> {
  if (/^https?:\/\//.test(where)) {
    const bounds = { signal, milliseconds: MILLISECONDS, maxBytes: MAX_LIST_BYTES };
    const { status, bytes } = await fetchWhole(where, { credentials: 'omit' }, bounds);
    if (status !== 200) throw new Error(`it answers HTTP ${status}`);
    return parseRegistryList(bytes);
  }
  const cid = parseCid(where);
  return parseRegistryList(
    cid.code === CODEC.raw
      ? await blocks.get(cid, { signal })
      : await readFile(cid, blocks, { maxBytes: MAX_LIST_BYTES, signal })
  );
}
