import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generateHybridIdentity } from 'age-encryption';
import * as v from 'valibot';
import { type KeyPair, publicKeyOf } from '../../contracts/chain/sign.ts';
import { Reader, Writer, fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { isKey, parseKey } from '../../contracts/formats/key.ts';
import { TERMS_BYTES, type Terms, readTerms, writeTerms } from '../../contracts/formats/terms.ts';
import { createFile } from './durable-file.ts';
import { RequesterError } from './error.ts';

export { type TabFile, createTabFile, readTabFile, dropTabFile, listTabs };

/** What a requester must not lose of a tab: without it nothing more can be bought, and no sealed result opened. */
interface TabFile {
  readonly terms: Terms;
  /** Signs requests, extensions and closings; moves no money anywhere else. */
  readonly requestKey: KeyPair;
  /** age identity that sealed results are for. */
  readonly identity: string;
}

const TabFileSchema = v.strictObject({
  version: v.literal(1),
  /** For people; the terms are what counts. */
  tab: v.string(),
  service: v.string(),
  /** Canonical bytes in hex. */
  terms: v.string(),
  requestKey: v.pipe(v.string(), v.maxLength(64)),
  identity: v.pipe(v.string(), v.regex(/^AGE-SECRET-KEY-[0-9A-Z-]{1,4096}$/)),
});

const MAX_BYTES = 16 * 1024;

const pathOf = (folder: string, tab: string): string => join(folder, `${tab}.json`);

/** Written before the opening transaction is sent, so that a crash between the two loses nothing. */
async function createTabFile(folder: string, terms: Terms, requestKey: KeyPair): Promise<TabFile> {
  const identity = await generateHybridIdentity();
  const json: v.InferOutput<typeof TabFileSchema> = {
    version: 1,
    tab: terms.tab,
    service: terms.service,
    terms: toHex(writeTerms(new Writer(), terms).finish()),
    requestKey: requestKey.privateKey,
    identity,
  };
  createFile(pathOf(folder, terms.tab), `${JSON.stringify(json, null, 2)}\n`);
  return { terms, requestKey, identity };
}

/** @throws RequesterError `TAB_FILE`; FormatError `KEY` where `tab` is no address */
function readTabFile(folder: string, tab: string): TabFile {
  parseKey(tab);
  const path = pathOf(folder, tab);
  if (!existsSync(path))
    throw new RequesterError(
      'TAB_FILE',
      `${path} does not exist; only who opened the tab can use it, so copy the file here.`
    );
  const { mode, size } = statSync(path);
  if ((mode & 0o077) !== 0)
    throw new RequesterError('TAB_FILE', `${path} can be read by others; run chmod 600 on it.`);
  try {
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes`);
    return parse(JSON.parse(readFileSync(path, 'utf8')), tab);
  } catch (cause) {
    // The cause may quote the file, which holds keys: it is kept out of the sentence.
    throw new RequesterError('TAB_FILE', `${path} is not the file of that tab; restore it.`, {
      cause,
    });
  }
}

/** For a tab whose opening was never sent: its key is gone, so that it can never be opened. */
const dropTabFile = (folder: string, tab: string): void => rmSync(pathOf(folder, tab));

/** Addresses of the tabs whose files are here; beside each may lie a folder with its jobs. */
const listTabs = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter(isKey)
        .sort()
    : [];

function parse(json: unknown, tab: string): TabFile {
  const { terms: hex, requestKey, identity } = v.parse(TabFileSchema, json);
  const reader = new Reader(fromHex(hex, TERMS_BYTES));
  const terms = readTerms(reader);
  const publicKey = publicKeyOf(requestKey);
  if (terms.tab !== tab || terms.requestKey !== publicKey) throw new Error('of another tab or key');
  return { terms, requestKey: { publicKey, privateKey: requestKey }, identity };
}
