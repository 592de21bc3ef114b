import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Top to bottom: a folder may import from itself and from folders above it in this list. */
const ROOMS = [
  'contracts/formats',
  'contracts/provable',
  'contracts/programs',
  'contracts/zkapps',
  'contracts/chain',
  'ipfs',
  'git',
  'oracle',
  'requester',
  'runner-hooks',
  'web/prover',
  'web',
  'scripts',
] as const;
type Room = (typeof ROOMS)[number];

/** Rooms of one floor: they share what lies below and do not know each other. */
const STRANGERS: readonly (readonly Room[])[] = [
  ['oracle', 'runner-hooks', 'web'],
  ['requester', 'runner-hooks'],
  ['runner-hooks', 'web/prover'],
];

/** What a room may not import, whatever its place in the list. */
const BANNED: Partial<Record<Room, RegExp>> = {
  'contracts/formats': /^(o1js|node:|fs$|path$|crypto$)/,
  // The app loads it at first, and o1js only when something must be proven.
  'contracts/chain': /^(o1js|node:)|\/(provable|programs|zkapps)\//,
  // Buying, following and verifying run in Node and in any browser alike.
  requester: /^(o1js|node:)|\/(provable|programs|zkapps|prove|witness)\//,
  'web/prover': /^node:/,
  web: /^(o1js|node:)|\/(provable|programs|zkapps)\//,
};

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g;

function files(folder: Room): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return (
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      // A bundler's settings run beside it, not in the page.
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.config.ts'))
      .map((name) => join(path, name))
      .filter((file) => roomOf(file) === folder)
  );
}

const roomOf = (path: string): Room | undefined =>
  ROOMS.find((room) => relative(root, path).startsWith(`${room}/`));

/** Why an import may not stand in a room, or `undefined`. */
export function objection(room: Room, file: string, specifier: string): string | undefined {
  if (BANNED[room]?.test(specifier)) return `${room} may not import ${specifier}`;
  if (!specifier.startsWith('.')) return undefined;
  const target = roomOf(resolve(dirname(file), specifier));
  if (target === undefined || target === room) return undefined;
  if (ROOMS.indexOf(target) > ROOMS.indexOf(room)) return `${room} imports up, from ${target}`;
  if (STRANGERS.some((floor) => floor.includes(room) && floor.includes(target)))
    return `${room} and ${target} do not know each other`;
  return undefined;
}

describe('imports', () => {
  for (const room of ROOMS) {
    it(`of ${room} point down the list`, () => {
      const objections = files(room).flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(([, specifier]) => {
          const reason = objection(room, file, specifier!);
          return reason === undefined ? [] : [`${relative(root, file)}: ${reason}`];
        })
      );
      expect(objections).toEqual([]);
    });
  }

  it('are refused upwards, sideways and where banned', () => {
    const at = (room: Room): string => join(root, room, 'x.ts');
    expect(objection('ipfs', at('ipfs'), '../oracle/y.ts')).toMatch(/imports up/);
    expect(objection('runner-hooks', at('runner-hooks'), '../oracle/y.ts')).toMatch(/do not know/);
    expect(objection('contracts/formats', at('contracts/formats'), 'o1js')).toMatch(/may not/);
    expect(objection('contracts/chain', at('contracts/chain'), '../zkapps/y.ts')).toMatch(
      /may not/
    );
    expect(objection('requester', at('requester'), '../scripts/y.ts')).toMatch(/imports up/);
    expect(objection('requester', at('requester'), 'node:fs')).toMatch(/may not/);
    expect(objection('requester', at('requester'), '../oracle/prove/y.ts')).toMatch(/may not/);
    expect(objection('runner-hooks', at('runner-hooks'), '../requester/y.ts')).toMatch(
      /do not know/
    );
    expect(objection('web', at('web'), '../oracle/y.ts')).toMatch(/do not know/);
    expect(objection('web', at('web'), 'o1js')).toMatch(/may not/);
    expect(objection('web', at('web'), '../contracts/zkapps/y.ts')).toMatch(/may not/);
    expect(objection('web/prover', at('web/prover'), 'o1js')).toBeUndefined();
    expect(objection('web', at('web'), '../requester/y.ts')).toBeUndefined();
    expect(objection('oracle', at('oracle'), '../ipfs/y.ts')).toBeUndefined();
  });
});
