import type { CountersFile } from '../../contracts/formats/counters-file.ts';
import type { Profile } from '../../contracts/formats/profile.ts';

export { type ResultReader, type ResultFile, type ReadFileOptions };

/** One file of a result. Its path is a stranger's words, but holds no `..`, `/` at its ends, or NUL. */
interface ResultFile {
  /** As it was before sealing: without `.age`. */
  readonly path: string;
  /** Bytes as published: of a sealed file a little more than of what is in it. */
  readonly bytes: number;
}

interface ReadFileOptions {
  readonly signal?: AbortSignal;
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
  /** `perf/profile.speedscope.json`, at most 16 MiB. @throws FormatError */
  profile(options?: ReadFileOptions): Promise<Profile>;
}
