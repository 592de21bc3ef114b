import { CID } from 'multiformats/cid';
import {
  type CountersFile,
  MAX_COUNTERS_BYTES,
  parseCountersFile,
} from '../../contracts/formats/counters-file.ts';
import { MAX_PROFILE_BYTES, type Profile, parseProfile } from '../../contracts/formats/profile.ts';
import { Budget } from '../../ipfs/budget.ts';
import { listDirectory, resolvePath } from '../../ipfs/directory.ts';
import { IpfsError } from '../../ipfs/error.ts';
import { streamNode } from '../../ipfs/file.ts';
import { assertSafeName } from '../../ipfs/names.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { RequesterError } from '../../requester/error.ts';

export { type ResultReader, type ResultFile, type ReadFileOptions, openResult };

/** One file of a result. Its path is a stranger's words, but holds no `..`, `/` at its ends, or NUL. */
interface ResultFile {
  /** As it was before sealing: without `.age`. */
  readonly path: string;
  /** Bytes as published: of a sealed file a little more than of what is in it. */
  readonly bytes: number;
}

interface ReadFileOptions {
  readonly signal?: AbortSignal;
  /** Bytes as published. */
  readonly onProgress?: (progress: { readonly read: number; readonly of: number }) => void;
  /** Refuses more. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** A published result; every block is checked against its CID. */
interface ResultReader {
  /** CID of the directory. */
  readonly root: string;
  readonly isSealed: boolean;
  /** Whether sealed files can be opened here. */
  readonly canOpen: boolean;
  files(options?: { readonly signal?: AbortSignal }): Promise<readonly ResultFile[]>;
  /** Block by block into a Blob, which a browser may keep on disk. @throws IpfsError, RequesterError `SEALED` */
  read(path: string, options?: ReadFileOptions): Promise<Blob>;
  /** `log.txt`. */
  log(options?: ReadFileOptions): Promise<Blob>;
  /** `perf/counters.json`. @throws FormatError where it is another shape */
  counters(options?: ReadFileOptions): Promise<CountersFile>;
  /** `perf/profile.speedscope.json`. @throws FormatError */
  profile(options?: ReadFileOptions): Promise<Profile>;
}

const MAX_FILE = 256 * 2 ** 20;
const MAX_ENTRIES = 10_000;
const MAX_DEPTH = 32;
const SUFFIX = '.age';
/** Bytes gathered before they become part of a Blob: a part a block would be thousands. */
const PART_BYTES = 4 * 2 ** 20;

/**
 * @param identity age identity of the tab, where its keys are here
 * @throws IpfsError where the directory cannot be read
 */
async function openResult(
  source: BlockSource,
  root: CID,
  identity: string | undefined,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<ResultReader> {
  const isSealed = await hasFile(source, root, `statement.json${SUFFIX}`, signal);
  const canOpen = !isSealed || identity !== undefined;

  async function read(path: string, options: ReadFileOptions = {}): Promise<Blob> {
    const { maxBytes = MAX_FILE, onProgress, signal: stop } = options;
    if (!canOpen)
      throw new RequesterError(
        'SEALED',
        'The result is sealed to its requester; import the key file of the browser that ordered it.'
      );
    const published = isSealed ? `${path}${SUFFIX}` : path;
    const { node } = await resolvePath(root, published.split('/'), source, { signal: stop });
    if (node.kind !== 'file') throw new IpfsError('not-a-file', `${path} is a directory`);
    if (node.size > maxBytes)
      throw new IpfsError(
        'limit',
        `${path} has ${node.size} bytes, more than the ${maxBytes} that this page reads; fetch it with the command line`
      );
    const budget = new Budget(source, { bytes: 2 * maxBytes });
    let done = 0;
    const bytes = new ReadableStream<Uint8Array>(
      fromIterable(streamNode(node, budget, { signal: stop }), (length) => {
        done += length;
        onProgress?.({ read: done, of: node.size });
      })
    );
    return collect(isSealed ? await opened(bytes, identity!) : bytes, maxBytes);
  }

  const whole = async (path: string, maxBytes: number, options: ReadFileOptions = {}) =>
    new Uint8Array(await (await read(path, { ...options, maxBytes })).arrayBuffer());

  return {
    ...{ root: String(root), isSealed, canOpen, read },
    files: async (options = {}) => listFiles(source, root, isSealed, options.signal),
    log: (options) => read('log.txt', options),
    counters: async (options) =>
      parseCountersFile(await whole('perf/counters.json', MAX_COUNTERS_BYTES + 4_096, options)),
    profile: async (options) =>
      parseProfile(await whole('perf/profile.speedscope.json', MAX_PROFILE_BYTES, options)),
  };
}

async function hasFile(
  source: BlockSource,
  root: CID,
  name: string,
  signal?: AbortSignal
): Promise<boolean> {
  try {
    await resolvePath(root, [name], source, { signal });
    return true;
  } catch (error) {
    // With a cause it is a block that nobody has, which says nothing of its names.
    if (IpfsError.is(error, 'not-found') && error.cause === undefined) return false;
    throw error;
  }
}

/** All files, in the order of their directories; a stranger's tree, so within bounds. */
async function listFiles(
  source: BlockSource,
  root: CID,
  isSealed: boolean,
  signal?: AbortSignal
): Promise<readonly ResultFile[]> {
  const budget = new Budget(source, { entries: MAX_ENTRIES });
  const found: ResultFile[] = [];
  async function walk(cid: CID, path: readonly string[]): Promise<void> {
    if (path.length > MAX_DEPTH)
      throw new IpfsError('limit', `the result nests deeper than ${MAX_DEPTH} directories`);
    const { node } = await resolvePath(cid, [], budget, { signal });
    if (node.kind === 'file') {
      const name = path.join('/');
      const shown = isSealed && name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
      found.push({ path: shown, bytes: node.size });
      return;
    }
    for await (const link of listDirectory(node, budget, { signal })) {
      assertSafeName(link.name);
      if (found.length >= MAX_ENTRIES)
        throw new IpfsError('limit', `the result has more than ${MAX_ENTRIES} files`);
      await walk(link.cid, [...path, link.name]);
    }
  }
  await walk(root, []);
  return found;
}

function fromIterable(
  parts: AsyncIterable<Uint8Array>,
  onPart: (length: number) => void
): UnderlyingDefaultSource<Uint8Array> {
  const iterator = parts[Symbol.asyncIterator]();
  return {
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) {
        controller.close();
        return;
      }
      onPart(next.value.length);
      controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  };
}

async function opened(
  bytes: ReadableStream<Uint8Array>,
  identity: string
): Promise<ReadableStream<Uint8Array>> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(bytes);
  } catch (cause) {
    if (IpfsError.is(cause)) throw cause;
    throw new RequesterError(
      'SEALED',
      'This does not open with the identity of that tab; it is sealed to another or damaged.',
      { cause }
    );
  }
}

async function collect(bytes: ReadableStream<Uint8Array>, maxBytes: number): Promise<Blob> {
  const parts: Blob[] = [];
  let gathered: Uint8Array[] = [];
  let [size, total] = [0, 0];
  const reader = bytes.getReader();
  const flush = (): void => {
    parts.push(new Blob(gathered as BlobPart[]));
    [gathered, size] = [[], 0];
  };
  for (;;) {
    const part = await reader.read();
    if (part.done) break;
    gathered.push(part.value);
    size += part.value.length;
    total += part.value.length;
    if (total > maxBytes) {
      await reader.cancel();
      throw new IpfsError('limit', `more than the ${maxBytes} bytes that this page reads`);
    }
    if (size >= PART_BYTES) flush();
  }
  flush();
  // Plain bytes, whatever they look like: no browser shall take them for a page (W1).
  return new Blob(parts, { type: 'application/octet-stream' });
}
