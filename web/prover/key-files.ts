import { toHex } from '../../contracts/formats/bytes.ts';
import pinned from './keys.pinned.json' with { type: 'json' };

export { type KeyManifest, type KeyCache, loadKeys };

/**
 * What compiling needs and takes minutes to make: the curves' points and the verification keys of
 * every method. Written by `npm run build -- --keys`; the proving keys themselves (1.6 GB of them) are
 * not among them, since o1js makes the one that a proof needs in seconds.
 */
interface KeyManifest {
  /** By the name that o1js's cache asks for. */
  readonly files: Readonly<Record<string, KeyFile>>;
  /** Which of them each circuit reads. */
  readonly circuits: Readonly<Record<string, readonly string[]>>;
}

interface KeyFile {
  /** Holds the circuit's own digest: a file of another circuit is not taken. */
  readonly uniqueId: string;
  /** Unpacked. */
  readonly bytes: number;
  /** Of the unpacked bytes, in hex. */
  readonly sha256: string;
}

/** Of o1js's `Cache`, what a page can offer: its own writing fails in browsers. */
interface KeyCache {
  readonly canWrite: false;
  read(header: { readonly persistentId: string; readonly uniqueId: string }): Bytes | undefined;
  write(): void;
}

/** Of the browser's `Cache`. */
interface KeyStore {
  match(url: string): Promise<Response | undefined>;
  put(url: string, answer: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

interface LoadOptions {
  readonly manifest?: KeyManifest;
  /** Kept between visits; absent where the browser has none. */
  readonly store?: KeyStore | undefined;
  readonly fetch?: (url: string) => Promise<Response>;
  readonly onProgress?: (done: number, of: number) => void;
  /** A file that is there and is not the pinned one. */
  readonly onRefused?: (name: string) => void;
}

/**
 * Reads the key files of some circuits: from the browser's store, else from the site's folder. Each is
 * held against its pinned digest, whoever kept it; what is absent or wrong is left out, and compiling
 * makes it anew (threat W2).
 *
 * @param folder address of the site's `keys/`
 */
async function loadKeys(
  circuits: readonly string[],
  folder: string,
  { manifest = pinned, store, onProgress, onRefused, ...options }: LoadOptions = {}
): Promise<KeyCache> {
  const { fetch = (url: string) => globalThis.fetch(url) } = options;
  const names = [...new Set(circuits.flatMap((circuit) => manifest.circuits[circuit] ?? []))];
  const files = new Map<string, Bytes>();
  for (const [done, name] of names.entries()) {
    onProgress?.(done, names.length);
    const file = manifest.files[name]!;
    const bytes = await loadKey(name, file, folder, { store, fetch, onRefused });
    // A site without this file was built without any.
    if (bytes === 'absent') break;
    if (bytes !== 'refused') files.set(name, bytes);
  }
  return {
    canWrite: false,
    read: ({ persistentId, uniqueId }) =>
      manifest.files[persistentId]?.uniqueId === uniqueId ? files.get(persistentId) : undefined,
    write: () => undefined,
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

async function loadKey(
  name: string,
  file: KeyFile,
  folder: string,
  { store, fetch, onRefused }: LoadOptions & Required<Pick<LoadOptions, 'fetch'>>
): Promise<Bytes | 'absent' | 'refused'> {
  // The same for every version of the site that has the same file.
  const kept = new URL(`/runproof-keys/${file.sha256}`, folder).href;
  const before = await store?.match(kept);
  if (before !== undefined) {
    const bytes = await unpack(before, file);
    if (bytes !== undefined) return bytes;
    // Path gateways put all sites on one origin: another may have written it.
    onRefused?.(name);
    await store?.delete(kept);
  }
  const answer = await fetch(`${folder}${name}.gz`).catch(() => undefined);
  if (answer?.ok !== true) return 'absent';
  const bytes = await unpack(answer.clone(), file);
  if (bytes === undefined) {
    onRefused?.(name);
    return 'refused';
  }
  // A full disk is no reason not to prove.
  await store?.put(kept, answer).catch(() => undefined);
  return bytes;
}

/** @returns `undefined` for anything but the pinned bytes; never more than those are held */
async function unpack(
  { body }: Response,
  { bytes: size, sha256: digest }: KeyFile
): Promise<Bytes | undefined> {
  const bytes = new Uint8Array(size);
  let at = 0;
  try {
    const reader = body!.pipeThrough(new DecompressionStream('gzip')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > size) {
        await reader.cancel();
        return undefined;
      }
      bytes.set(value, at);
      at += value.length;
    }
  } catch {
    return undefined;
  }
  return at === size && toHex(await digestOf(bytes)) === digest ? bytes : undefined;
}

const digestOf = async (bytes: Bytes): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
