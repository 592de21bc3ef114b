import { generateHybridIdentity } from 'age-encryption';
import * as v from 'valibot';
import { type KeyPair, publicKeyOf } from '../contracts/chain/sign.ts';
import { Reader, Writer, fromHex, toHex } from '../contracts/formats/bytes.ts';
import { TERMS_BYTES, type Terms, readTerms, writeTerms } from '../contracts/formats/terms.ts';
import type { TabKeys } from './store.ts';

export { type TabKeysJson, makeTabKeys, encodeTabKeys, parseTabKeys };

const TabKeysSchema = v.strictObject({
  version: v.literal(1),
  /** For people; the terms are what counts. */
  tab: v.string(),
  service: v.string(),
  /** Canonical bytes in hex. */
  terms: v.string(),
  requestKey: v.pipe(v.string(), v.maxLength(64)),
  identity: v.pipe(v.string(), v.regex(/^AGE-SECRET-KEY-[0-9A-Z-]{1,4096}$/)),
});
/** How keys are kept in files and carried from one place to another. */
type TabKeysJson = v.InferOutput<typeof TabKeysSchema>;

/** With an age identity of their own. */
const makeTabKeys = async (terms: Terms, requestKey: KeyPair): Promise<TabKeys> => ({
  terms,
  requestKey,
  identity: await generateHybridIdentity(),
});

const encodeTabKeys = ({ terms, requestKey, identity }: TabKeys): TabKeysJson => ({
  version: 1,
  tab: terms.tab,
  service: terms.service,
  terms: toHex(writeTerms(new Writer(), terms).finish()),
  requestKey: requestKey.privateKey,
  identity,
});

/**
 * @param tab whose keys they have to be
 * @throws whatever is wrong with them. The error may quote a key: never show it
 */
function parseTabKeys(json: unknown, tab: string): TabKeys {
  const { terms: hex, requestKey, identity } = v.parse(TabKeysSchema, json);
  const reader = new Reader(fromHex(hex, TERMS_BYTES));
  const terms = readTerms(reader);
  const publicKey = publicKeyOf(requestKey);
  if (terms.tab !== tab || terms.requestKey !== publicKey) throw new Error('of another tab or key');
  return { terms, requestKey: { publicKey, privateKey: requestKey }, identity };
}
