import type { CID } from 'multiformats/cid';
import { isKey } from '../../contracts/formats/key.ts';
import { openCar } from '../../ipfs/car.ts';
import { resolvePath } from '../../ipfs/directory.ts';
import { IpfsError } from '../../ipfs/error.ts';
import { readFile } from '../../ipfs/file.ts';
import type { BlockSource } from '../../ipfs/source.ts';

export { type BroughtCar, type CarFinding, readBroughtCar, carBefore };

/** What is found out about the file itself, beside the checks of `verify`. */
interface CarFinding {
  readonly id: 'car';
  readonly ok: boolean;
  readonly detail: string;
}

/** A CAR that a person brought, held in memory. */
interface BroughtCar {
  readonly findings: readonly CarFinding[];
  /** What it says it is about. */
  readonly root: CID | undefined;
  readonly blocks: BlockSource;
  /** Tab and service that a public result names itself; only where to look, as nothing vouches for it. */
  readonly hints: { readonly tab?: string; readonly service?: string };
}

const LIMITS = { bytes: 512 * 2 ** 20, blocks: 100_000 } as const;
const MAX_STATEMENT_BYTES = 4 * 2 ** 20;
/** Wrong blocks that get a line of their own. */
const MOST_LINES = 20;

/**
 * Reads all of a CAR, at most 512 MiB. Every block is hashed; each that does not hash to its CID is a
 * finding, and stays what it is: nobody is asked for a right one instead.
 *
 * @throws IpfsError `aborted`; what else is wrong with the file is a finding
 */
async function readBroughtCar(
  file: Blob,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<BroughtCar> {
  const wrong: string[] = [];
  const options = {
    limits: LIMITS,
    onWrong: (_: CID, { message }: IpfsError): unknown => wrong.push(message),
    ...(signal === undefined ? {} : { signal }),
  };
  const fails = (detail: string): CarFinding => ({ id: 'car', ok: false, detail });
  try {
    const { roots, blocks } = await openCar(chunksOf(file), options);
    const findings =
      wrong.length === 0
        ? [{ id: 'car', ok: true, detail: 'every block of the file hashes to its CID' } as const]
        : wrong.slice(0, MOST_LINES).map(fails);
    const [root] = roots;
    return { findings, root, blocks, hints: await hintsOf(root, blocks) };
  } catch (error) {
    if (!(error instanceof IpfsError) || error.code === 'aborted') throw error;
    const blocks: BlockSource = { get: () => Promise.reject(error) };
    return { findings: [fails(error.message)], root: undefined, blocks, hints: {} };
  }
}

/** Blocks of the CAR where it has them, right or wrong; others from `source`. */
const carBefore = ({ blocks }: Pick<BroughtCar, 'blocks'>, source: BlockSource): BlockSource => ({
  async get(cid, options) {
    try {
      return await blocks.get(cid, options);
    } catch (error) {
      if (!IpfsError.is(error, 'not-found')) throw error;
      return source.get(cid, options);
    }
  },
});

async function hintsOf(root: CID | undefined, blocks: BlockSource): Promise<BroughtCar['hints']> {
  try {
    if (root === undefined) return {};
    const { cid } = await resolvePath(root, ['statement.json'], blocks);
    const bytes = await readFile(cid, blocks, { maxBytes: MAX_STATEMENT_BYTES });
    const named = namedIn(JSON.parse(new TextDecoder().decode(bytes)));
    return Object.fromEntries(
      (['tab', 'service'] as const).flatMap((key) => {
        const address = named?.[key];
        return typeof address === 'string' && isKey(address) ? [[key, address]] : [];
      })
    );
  } catch {
    // Sealed, of another kind, or damaged: then whoever asks says where to look.
    return {};
  }
}

function namedIn(statement: unknown): Readonly<Record<string, unknown>> | undefined {
  const at = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)[key]
      : undefined;
  const parameters = at(at(at(statement, 'predicate'), 'buildDefinition'), 'externalParameters');
  return typeof parameters === 'object' && parameters !== null
    ? (parameters as Record<string, unknown>)
    : undefined;
}

/** Not `for await` over the stream itself, which not every browser has. */
async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
