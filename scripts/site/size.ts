import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CliError } from '../cli/error.ts';
import { ROOT } from './checkout.ts';

export { type Size, type SiteSize, PINNED, FIRST_LOAD_GZIP, siteSize, readPinned, writePinned };

interface Size {
  readonly bytes: number;
  readonly gzip: number;
}

interface SiteSize {
  /** What a browser fetches before the first page can be used: the page, and what it imports. */
  readonly firstLoad: Size;
  /** By name without hash; chunks of one name are numbered, the largest first. */
  readonly files: Readonly<Record<string, Size>>;
}

const PINNED = join(ROOT, 'web/size.pinned.json');
/** Bytes, at most, of everything that is loaded before the first interaction. */
const FIRST_LOAD_GZIP = 120 * 1024;
const FIRST_PAGE = 'market';
const HASHED = /-[\w-]{8}(?=\.[a-z0-9]+\b)/g;
const COMMIT = /[0-9a-f]{40}(?:-dirty)?/g;
const TEXT = /\.(?:js|css|html|svg|json)$/;

/**
 * Sizes of a built site. Hashes and the commit are levelled first: they change with every commit, and
 * what they compress to with them.
 */
async function siteSize(folder: string): Promise<SiteSize> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const contents = new Map<string, Buffer>();
  for (const path of paths) contents.set(path, await readFile(join(folder, path)));
  const sizes = new Map(
    [...contents].map(([path, bytes]) => [path, sizeOf(levelled(path, bytes))])
  );

  const files: [string, Size][] = [];
  for (const [name, same] of byName(sizes))
    same
      .sort((a, b) => b.bytes - a.bytes)
      .forEach((size, i) => files.push([i === 0 ? name : `${name}#${i + 1}`, size]));
  return {
    firstLoad: sum(firstLoad(contents).map((path) => sizes.get(path)!)),
    files: Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** `undefined` where nothing was pinned yet. */
const readPinned = async (): Promise<SiteSize | undefined> =>
  JSON.parse(await readFile(PINNED, 'utf8').catch(() => 'null')) as SiteSize | undefined;

const writePinned = (size: SiteSize): Promise<void> =>
  writeFile(PINNED, `${JSON.stringify(size, null, 2)}\n`);

const levelled = (path: string, bytes: Buffer): Buffer =>
  TEXT.test(path) && !path.startsWith('o1js-')
    ? Buffer.from(
        bytes.toString('utf8').replace(HASHED, '-00000000').replace(COMMIT, '0'.repeat(40))
      )
    : bytes;

const sizeOf = (bytes: Buffer): Size => ({
  bytes: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
});

const sum = (sizes: readonly Size[]): Size => ({
  bytes: sizes.reduce((all, { bytes }) => all + bytes, 0),
  gzip: sizes.reduce((all, { gzip }) => all + gzip, 0),
});

function byName(sizes: ReadonlyMap<string, Size>): Map<string, Size[]> {
  const groups = new Map<string, Size[]>();
  for (const [path, size] of sizes) {
    const name = path.replace(HASHED, '');
    groups.set(name, [...(groups.get(name) ?? []), size]);
  }
  return groups;
}

/** The page, what it names, the first route's chunk, and what those import, each once. */
function firstLoad(contents: ReadonlyMap<string, Buffer>): string[] {
  const page = contents.get('index.html')?.toString('utf8');
  if (page === undefined) throw new CliError('NOT_FOUND', 'the site has no index.html; build it.');
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path!);
  const route = [...contents.keys()].filter((path) =>
    new RegExp(`^assets/${FIRST_PAGE}-[\\w-]{8}\\.(?:js|css)$`).test(path)
  );
  const wanted = [...named, ...route];
  const seen = new Set(['index.html']);
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (seen.has(path) || !contents.has(path)) continue;
    seen.add(path);
    wanted.push(...imports(path, contents.get(path)!));
  }
  return [...seen];
}

const IMPORT = /(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g;

/** Static ones, by path in the site. */
function imports(path: string, bytes: Buffer): string[] {
  if (!path.endsWith('.js')) return [];
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return [...bytes.toString('utf8').matchAll(IMPORT)].map(([, name]) => `${folder}${name!}`);
}
