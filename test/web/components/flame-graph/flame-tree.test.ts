import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FlameNode,
  type SampledProfile,
  functionSteps,
  splitName,
  treeSteps,
} from '../../../../web/components/flame-graph/flame-tree.ts';

function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const profile: SampledProfile = {
  shared: { frames: [{ name: 'node' }, { name: 'parse (node)' }, { name: 'read (libc.so.6)' }] },
  profiles: [
    { name: 'build', samples: [[0, 1, 1], [0, 1, 2], [0]], weights: [5, 3, 2] },
    { name: 'check', samples: [[0, 2]], weights: [4] },
  ],
};

describe('a flame tree', () => {
  it('holds every sample of a phase once, and every phase side by side', () => {
    const build = finish(treeSteps(profile, 0));
    expect(build.root).toEqual({
      name: 'all',
      value: 10,
      children: [
        {
          name: 'node',
          value: 10,
          children: [
            {
              name: 'parse (node)',
              value: 8,
              children: [
                { name: 'parse (node)', value: 5, children: [] },
                { name: 'read (libc.so.6)', value: 3, children: [] },
              ],
            },
          ],
        },
      ],
    });
    expect(build).toMatchObject({ depth: 3, cut: 0 });
    const all = finish(treeSteps(profile, undefined)).root;
    expect(all.value).toBe(14);
    expect(all.children.map(({ name, value }) => [name, value])).toEqual([
      ['build', 10],
      ['check', 4],
    ]);
  });

  it('counts no child for more than its parent, whatever the stacks', () => {
    const stacks = fc.array(fc.array(fc.nat(5), { maxLength: 8 }), { maxLength: 40 });
    fc.assert(
      fc.property(stacks, fc.integer({ min: 2, max: 30 }), (samples, most) => {
        const made = {
          shared: { frames: 'abcde'.split('').map((name) => ({ name })) },
          profiles: [{ name: 'p', samples, weights: samples.map((_, i) => i) }],
        };
        const { root } = finish(treeSteps(made, 0, most));
        let count = 0;
        const walk = ({ value, children }: FlameNode): void => {
          count += 1;
          expect(children.reduce((sum, child) => sum + child.value, 0)).toBeLessThanOrEqual(value);
          children.forEach(walk);
        };
        walk(root);
        expect(count).toBeLessThanOrEqual(most);
        expect(root.value).toBe(samples.reduce((sum, _, i) => sum + i, 0));
      })
    );
  });

  it('keeps the heaviest stacks where it may not hold all, and says what it left out', () => {
    const { root, cut } = finish(treeSteps(profile, 0, 5));
    expect(cut).toBe(3);
    expect(root.children[0]!.children[0]!.children.map(({ value }) => value)).toEqual([5]);
  });

  it('W1: shows a symbol with nothing in it that turns text round', () => {
    const evil = { shared: { frames: [{ name: 'a\u202eb\x1b[2J' }] }, profiles: [] };
    const made = { ...evil, profiles: [{ name: 'p\u0007', samples: [[0]], weights: [1] }] };
    const { root } = finish(treeSteps(made, undefined));
    expect(root.children[0]!.name).toBe('p\ufffd');
    expect(root.children[0]!.children[0]!.name).toBe('a\ufffdb\ufffd[2J');
  });
});

describe('functions of a profile', () => {
  it('are ordered by what they did themselves, and recursion counts once a stack', () => {
    expect(finish(functionSteps(profile, undefined))).toEqual([
      { name: 'read (libc.so.6)', self: 7, total: 7 },
      { name: 'parse (node)', self: 5, total: 8 },
      { name: 'node', self: 2, total: 14 },
    ]);
    expect(finish(functionSteps(profile, 1)).map(({ name }) => name)).toEqual([
      'read (libc.so.6)',
      'node',
    ]);
  });

  it('are told apart from the files they are in', () => {
    expect(splitName('a(int) (lib (1).so)')).toEqual({
      symbol: 'a(int) (lib (1).so)',
      file: undefined,
    });
    expect(splitName('f(x) (libc.so.6)')).toEqual({ symbol: 'f(x)', file: 'libc.so.6' });
    expect(splitName('bash')).toEqual({ symbol: 'bash', file: undefined });
  });
});
