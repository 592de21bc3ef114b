import { parseCid } from '../../../contracts/formats/cid.ts';
import { Budget } from '../../../ipfs/budget.ts';
import { exportCar } from '../../../ipfs/car.ts';
import type { BlockSource } from '../../../ipfs/source.ts';

export { readCarOf };

/** A browser keeps a download of this page in memory or on its own disk. */
const MAX_BYTES = 512 * 2 ** 20;

/**
 * A result with everything under it as one CAR.
 *
 * @param options.of bytes expected, for the progress
 * @throws IpfsError `limit` above 512 MiB, and what the blocks' source throws
 */
async function readCarOf(
  root: string,
  blocks: BlockSource,
  options: {
    readonly of: number;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: { readonly read: number; readonly of: number }) => void;
  }
): Promise<Blob> {
  const { signal, onProgress, of } = options;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  const source = new Budget(blocks, { bytes: MAX_BYTES });
  const abortable = signal === undefined ? {} : { signal };
  for await (const part of exportCar(parseCid(root), source, abortable)) {
    parts.push(Uint8Array.from(part));
    read += part.length;
    onProgress?.({ read: Math.min(read, of), of });
  }
  return new Blob(parts, { type: 'application/vnd.ipld.car' });
}
