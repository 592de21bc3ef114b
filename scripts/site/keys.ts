import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cache, type CacheHeader, setBackend } from 'o1js';
import { gzip } from 'pako';
import { type Circuit, compileCircuit } from '../../contracts/zkapps/compile.ts';
import pinned from '../../web/prover/keys.pinned.json' with { type: 'json' };
import { CliError, sentenceOf } from '../cli/error.ts';

export { type KeyFiles, recordKeys };

/** A circuit's own files are its methods' verification keys; these are everybody's, by size. */
const SHARED = /^(srs|lagrange-basis)-/;

/** What the app's prover loads, as in `web/prover/keys.pinned.json`, and the files themselves. */
interface KeyFiles {
  readonly manifest: {
    readonly files: Record<
      string,
      { readonly uniqueId: string; readonly bytes: number; readonly sha256: string }
    >;
    readonly circuits: Record<Circuit, readonly string[]>;
  };
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Compiles every circuit and keeps what compiling read or wrote, but for the proving keys: they are
 * 1.9 GB, and o1js makes the one that a proof needs in seconds.
 *
 * @param under where o1js itself keeps keys; whatever lies there already saves minutes
 */
async function recordKeys(under: Cache = Cache.FileSystemDefault): Promise<KeyFiles> {
  const contents = new Map<string, Uint8Array>();
  const files: KeyFiles['manifest']['files'] = {};
  let touched: Set<string>;
  const keep = ({ persistentId, uniqueId, dataType }: CacheHeader, data: Uint8Array): void => {
    if (dataType !== 'string') return;
    touched.add(persistentId);
    contents.set(persistentId, data);
    const sha256 = createHash('sha256').update(data).digest('hex');
    files[persistentId] = { uniqueId, bytes: data.length, sha256 };
  };
  const cache: Cache = {
    ...under,
    read(header) {
      const data = under.read(header);
      if (data !== undefined) keep(header, data);
      return data;
    },
    write(header, data) {
      keep(header, data);
      under.write(header, data);
    },
  };
  const compile = async (circuit: Circuit): Promise<readonly string[]> => {
    touched = new Set();
    await compileCircuit(circuit, cache);
    // o1js reads the shared ones once a process, for whichever circuit asks first.
    for (const name of contents.keys()) if (SHARED.test(name)) touched.add(name);
    return [...touched].sort();
  };
  const Service = await compile('Service');
  const JobLog = await compile('JobLog');
  const Tab = await compile('Tab');
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { manifest: { files: sorted, circuits: { JobLog, Tab, Service } }, contents };
}

/**
 * Writes the files, packed, for the site to be served with. Choose o1js's backend before.
 * @throws CliError `FAILED` for others than the pinned ones
 */
async function writeKeys(folder: string): Promise<void> {
  const { manifest, contents } = await recordKeys();
  if (JSON.stringify(manifest) !== JSON.stringify(pinned))
    throw new CliError(
      'FAILED',
      'the key files differ from web/prover/keys.pinned.json; run `npm run pin`.'
    );
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of contents)
    // Not by Node's zlib: what that writes depends on the machine.
    await writeFile(join(folder, `${name}.gz`), gzip(bytes, { level: 9 }));
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href)
  // `tsx scripts/site/keys.ts <folder>`
  try {
    setBackend('native');
    await writeKeys(resolve(process.argv[2] ?? 'dist/site/keys'));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`keys: ${sentenceOf(error).message}\n`);
    process.exit(1);
  }
