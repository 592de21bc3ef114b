import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScriptParser, LIMITS } from '../../../runner-hooks/perf/script.ts';
import { toSpeedscope } from '../../../runner-hooks/perf/speedscope.ts';

/** Recorded with perf 6.1: `perf script --force --no-inline --fields comm,ip,sym,dso`. */
const RECORDED = `bash \n\t           7f327 discard_unwind_frame (/usr/bin/bash)
\t               0 [unknown] ([unknown])

node \n\t          a01b40 v8::internal::Heap::Scavenge(int, char (*)(void)) (/usr/bin/node)
\t           44cb0 main (/job/work/a (b)/prog)

bash \n\t           7f327 discard_unwind_frame (/usr/bin/bash)
\t               0 [unknown] ([unknown])

`;

const fold = (text: string | Uint8Array, size = 1 << 16) => {
  const parser = createScriptParser();
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) parser.push(bytes.subarray(i, i + size));
  return parser.end();
};

describe('a profile', () => {
  it('folds samples, root first, the same for every size of chunk', () => {
    const folded = [...fold(RECORDED).values()];
    expect(folded).toEqual([
      {
        frames: ['bash', '[unknown] ([unknown])', 'discard_unwind_frame (bash)'],
        samples: 2,
      },
      {
        frames: ['node', 'main (prog)', 'v8::internal::Heap::Scavenge(int, char (*)(void)) (node)'],
        samples: 1,
      },
    ]);
    for (const size of [1, 7, 64]) expect([...fold(RECORDED, size).values()]).toEqual(folded);
  });

  it('K1: has names of processes, symbols and files, and neither paths nor addresses', () => {
    const text = JSON.stringify(toSpeedscope([{ name: 'build', folded: fold(RECORDED) }]));
    expect(text).not.toMatch(/\/usr|\/job|7f327|a01b40/);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['$schema', 'shared', 'profiles']);
  });

  it('is in speedscope’s sampled form, with one encoding for one set of stacks', () => {
    const profile = toSpeedscope([{ name: 'build', folded: fold(RECORDED) }]);
    const [only] = profile.profiles;
    expect(only).toMatchObject({ type: 'sampled', name: 'build', unit: 'none', endValue: 3 });
    expect(only!.samples.map((stack) => stack.map((i) => profile.shared.frames[i]!.name))).toEqual(
      [...fold(RECORDED).values()].map(({ frames }) => frames)
    );
    expect(only!.weights).toEqual([2, 1]);
    const samples = RECORDED.split(/(?<=\n\n)/);
    const other = toSpeedscope([{ name: 'build', folded: fold(samples.reverse().join('')) }]);
    expect(other).toEqual(profile);
  });

  it('R6: stays small, neutral and whole whatever a job calls its processes and functions', () => {
    const deep = `x\n${'\t 1 f (l)\n'.repeat(1000)}\n`;
    expect([...fold(deep).values()][0]!.frames).toHaveLength(LIMITS.depth + 1);
    const wide = Array.from({ length: LIMITS.stacks + 50 }, (_, i) => `x${i}\n\t 1 f (l)\n\n`).join(
      ''
    );
    const folded = fold(wide);
    expect(folded.size).toBe(LIMITS.stacks + 1);
    expect(folded.get('(other)')!.samples).toBe(50);
    const [long] = [...fold(`x\n\t 1 ${'\x1b[2J😀'.repeat(200)} (l)\n\n`).values()];
    expect(long!.frames[1]!.length).toBeLessThan(2 * LIMITS.name);
    expect(long!.frames[1]).not.toMatch(/\p{Cc}|\p{Cs}/u);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = JSON.stringify(toSpeedscope([{ name: 'x', folded: fold(bytes) }]));
        expect(Buffer.from(text).toString()).toBe(text);
      })
    );
  });
});
