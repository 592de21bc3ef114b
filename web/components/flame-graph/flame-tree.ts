import { inert } from '../inert.ts';

export {
  type SampledProfile,
  type FlameNode,
  type FlameTree,
  type FunctionRow,
  MAX_FRAMES,
  treeSteps,
  functionSteps,
  splitName,
};

/** The part of a speedscope profile that is drawn. */
interface SampledProfile {
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly {
    readonly name: string;
    /** Indices into the frames, root first. */
    readonly samples: readonly (readonly number[])[];
    /** Samples in each stack. */
    readonly weights: readonly number[];
  }[];
}

interface FlameNode {
  readonly name: string;
  /** Samples in it and below. */
  value: number;
  readonly children: FlameNode[];
}

interface FlameTree {
  readonly root: FlameNode;
  /** Levels below the root. */
  readonly depth: number;
  /** Samples whose upper frames are drawn, and whose innermost ones are not. */
  readonly cut: number;
}

/** A function with the samples in it alone, and in it or what it called. */
interface FunctionRow {
  readonly name: string;
  readonly self: number;
  readonly total: number;
}

/** More cannot be told apart on a screen, and a profile may be made to stop the page. */
const MAX_FRAMES = 12_000;
const BREATH = 256;

interface Growing {
  readonly node: FlameNode;
  readonly below: Map<number, Growing>;
}

/**
 * Folds stacks into a tree, the heaviest first, up to {@link MAX_FRAMES} frames.
 *
 * @param phase index of a profile; all of them side by side where it is `undefined`
 */
function* treeSteps(
  profile: SampledProfile,
  phase: number | undefined,
  most = MAX_FRAMES
): Generator<number, FlameTree> {
  const names = profile.shared.frames.map(({ name }) => inert(name));
  const chosen = profile.profiles.filter((_, i) => phase === undefined || i === phase);
  const root: Growing = grow('all');
  let frames = 1;
  let depth = 0;
  let cut = 0;
  let done = 0;
  for (const { name, samples, weights } of chosen) {
    const top = phase === undefined ? grow(inert(name)) : root;
    if (top !== root) root.node.children.push(top.node);
    frames += 1;
    const order = samples.map((_, i) => i).sort((a, b) => weights[b]! - weights[a]!);
    for (const i of order) {
      const weight = weights[i]!;
      let at = top;
      if (top !== root) root.node.value += weight;
      top.node.value += weight;
      let level = top === root ? 0 : 1;
      for (const frame of samples[i]!) {
        let next = at.below.get(frame);
        if (next === undefined) {
          if (frames >= most) {
            cut += weight;
            break;
          }
          next = grow(names[frame] ?? '(unknown)');
          at.below.set(frame, next);
          at.node.children.push(next.node);
          frames += 1;
        }
        next.node.value += weight;
        at = next;
        level += 1;
      }
      depth = Math.max(depth, level);
      done += 1;
      if (done % BREATH === 0) yield done;
    }
  }
  return { root: root.node, depth, cut };
}

const grow = (name: string): Growing => ({
  node: { name, value: 0, children: [] },
  below: new Map(),
});

/** Every function, that with the most samples of its own first. A recursive one counts once a stack. */
function* functionSteps(
  profile: SampledProfile,
  phase: number | undefined
): Generator<number, readonly FunctionRow[]> {
  const { frames } = profile.shared;
  const self = new Float64Array(frames.length);
  const total = new Float64Array(frames.length);
  const seenIn = new Int32Array(frames.length);
  let stack = 0;
  for (const [i, { samples, weights }] of profile.profiles.entries()) {
    if (phase !== undefined && i !== phase) continue;
    for (const [at, indices] of samples.entries()) {
      stack += 1;
      for (const frame of indices) {
        if (!(frame in total) || seenIn[frame] === stack) continue;
        seenIn[frame] = stack;
        total[frame]! += weights[at]!;
      }
      const leaf = indices.at(-1);
      if (leaf !== undefined && leaf in self) self[leaf]! += weights[at]!;
      if (stack % BREATH === 0) yield stack;
    }
  }
  return frames
    .map(({ name }, frame) => ({ name: inert(name), self: self[frame]!, total: total[frame]! }))
    .filter((row) => row.total > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total);
}

/** `symbol (file)` as the runner writes it; a process has no file. */
function splitName(name: string): { readonly symbol: string; readonly file: string | undefined } {
  const match = /^(.*) \(([^()]*)\)$/s.exec(name);
  return match === null
    ? { symbol: name, file: undefined }
    : { symbol: match[1]!, file: match[2]! };
}
