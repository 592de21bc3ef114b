export { publishDirectory, publishEntries, publishBytes, digestOf };
export type { Published, PublishOptions };

import { importer } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced } from 'ipfs-unixfs-importer/layout';
import type { CID } from 'multiformats/cid';
import { type Abortable, asIpfsError } from './abort.ts';
import { ENTRY_LIMITS, type Entry, type EntryLimits, readEntries } from './entries.ts';
import { IpfsError } from './error.ts';
import { assertSafeName } from './names.ts';
import { PROFILE } from './profile.ts';
import type { BlockSink } from './source.ts';

/** `bytes` are those of the blocks, each counted once a time that it is made. */
type Published = { cid: CID; files: number; bytes: number; blocks: number };

type PublishOptions = Abortable & {
  limits?: Partial<EntryLimits>;
  onProgress?: (done: Readonly<Omit<Published, 'cid'>>) => void;
};

/**
 * Publishes a folder as a UnixFS directory in the stated {@link PROFILE}. The same files give the
 * same CID on every machine; at most 16 blocks are in memory at once.
 * @throws {IpfsError} those of `readEntries` and of `sink`, `aborted`
 */
function publishDirectory(
  folder: string,
  sink: BlockSink,
  options: PublishOptions = {}
): Promise<Published> {
  const limits = { ...ENTRY_LIMITS, ...options.limits };
  return publishEntries(readEntries(folder, limits), sink, options);
}

/** The CID that publishing `folder` would give, without storing anything. */
const digestOf = (folder: string, options?: PublishOptions): Promise<Published> =>
  publishDirectory(folder, { put: async () => undefined }, options);

/** Publishes one file's bytes, without a name. @throws {IpfsError} those of `sink` */
function publishBytes(
  bytes: Uint8Array,
  sink: BlockSink,
  options: PublishOptions = {}
): Promise<Published> {
  return build([{ content: bytes }], false, sink, options);
}

/**
 * Publishes entries that need not come from a disk.
 * @throws {IpfsError} `unsafe-name`, `exists` for a path given twice
 */
function publishEntries(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  sink: BlockSink,
  options: PublishOptions = {}
): Promise<Published> {
  async function* checked(): AsyncGenerator<Candidate> {
    const seen = new Map<string, 'leaf' | 'folder'>();
    for await (const { path, content } of entries) {
      const names = path.split('/').map(assertSafeName);
      names.forEach((_, i) => {
        const prefix = names.slice(0, i + 1).join('/');
        const kind = i + 1 < names.length ? 'folder' : 'leaf';
        if (seen.has(prefix) && (kind === 'leaf' || seen.get(prefix) === 'leaf'))
          throw new IpfsError('exists', `the path ${JSON.stringify(prefix)} is given twice`);
        seen.set(prefix, kind);
      });
      yield content === undefined ? { path } : { path, content };
    }
  }
  return build(checked(), true, sink, options);
}

type Candidate =
  { path?: string; content: AsyncIterable<Uint8Array> | Uint8Array } | { path: string };

async function build(
  candidates: AsyncIterable<Candidate> | Iterable<Candidate>,
  wrapWithDirectory: boolean,
  sink: BlockSink,
  { signal, onProgress }: PublishOptions
): Promise<Published> {
  const done = { files: 0, bytes: 0, blocks: 0 };
  const stopped = (cause: unknown): IpfsError =>
    new IpfsError('aborted', 'publishing was stopped by its caller', { cause });
  const counting = {
    async put(cid: CID, bytes: Uint8Array): Promise<CID> {
      if (signal?.aborted) throw stopped(signal.reason);
      await sink.put(cid, bytes, { signal });
      done.blocks += 1;
      done.bytes += bytes.length;
      onProgress?.(done);
      return cid;
    },
  };
  let cid: CID | undefined;
  try {
    for await (const made of importer(candidates, counting, {
      cidVersion: PROFILE.cidVersion,
      rawLeaves: PROFILE.rawLeaves,
      chunker: fixedSize({ chunkSize: PROFILE.chunkBytes }),
      layout: balanced({ maxChildrenPerNode: PROFILE.maxChildren }),
      shardSplitThresholdBytes: PROFILE.shardAboveBytes,
      shardSplitStrategy: 'block-bytes',
      shardFanoutBits: Math.log2(PROFILE.shardFanout),
      fileImportConcurrency: 4,
      blockWriteConcurrency: 4,
      wrapWithDirectory,
    })) {
      if (made.unixfs?.isDirectory() !== true) done.files += 1;
      cid = made.cid;
    }
  } catch (error) {
    if (signal?.aborted) throw stopped(error);
    throw asIpfsError(error, 'storage', 'publishing failed');
  }
  if (cid === undefined) throw new IpfsError('storage', 'the importer made nothing');
  return { cid, ...done };
}
