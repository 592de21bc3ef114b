export { type Profile, toSpeedscope };

import type { Profile } from '../../contracts/formats/profile.ts';
import type { Folded } from './script.ts';

/** An allow-listed extract: phase, process and symbol names; no host, path, argument or time. */
function toSpeedscope(phases: readonly { name: string; folded: Folded }[]): Profile {
  const frames = new Map<string, number>();
  const indexOf = (frame: string): number => {
    const index = frames.get(frame) ?? frames.size;
    frames.set(frame, index);
    return index;
  };
  const profiles = phases.map(({ name, folded }) => {
    // Sorted, so that one set of stacks has one encoding.
    const stacks = [...folded.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, s]) => s);
    return {
      type: 'sampled' as const,
      name,
      unit: 'none' as const,
      startValue: 0 as const,
      endValue: stacks.reduce((sum, stack) => sum + stack.samples, 0),
      samples: stacks.map((stack) => stack.frames.map(indexOf)),
      weights: stacks.map((stack) => stack.samples),
    };
  });
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames: [...frames.keys()].map((frame) => ({ name: frame })) },
    profiles,
  };
}
