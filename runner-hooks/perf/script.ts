export { SCRIPT_COMMAND, LIMITS, type Folded, createScriptParser };

import { basename } from 'node:path';
import { neutralize } from '../sandbox/log.ts';

/** What perf is asked to print of each sample, and thereby all that a profile can hold. */
const SCRIPT_COMMAND = 'perf script --force --no-inline --fields comm,ip,sym,dso --input';

/** Bounds of a profile, whatever the job has done to its stacks and names. */
const LIMITS = { depth: 128, stacks: 20_000, name: 160, line: 4_096 } as const;

/** Stacks, root first and below the name of the process, with the number of samples in each. */
type Folded = ReadonlyMap<string, { frames: readonly string[]; samples: number }>;

type ScriptParser = { push: (chunk: Uint8Array) => void; end: () => Folded };

/** Both names may hold parentheses; a file's begins at the first ` (/`, or has none. */
const FRAME = /^\s+([0-9a-f]{1,16}) (.+?) \((\/.*|[^()/]*)\)$/;
/** Takes the samples of stacks beyond the limit. */
const OTHER = ['(other)'];

/**
 * Folds the output of {@link SCRIPT_COMMAND}: a line with the name of the process, an indented line
 * a frame, leaf first, and an empty line. A job chooses its names, so a line that is none of these
 * is passed over, and nothing can make this throw or grow.
 * @param scrub takes secrets out of a name, before it is cut
 */
function createScriptParser(scrub: (name: string) => string = (name) => name): ScriptParser {
  const nameOf = remember((name) => cut(neutralize(scrub(name))));
  const decoder = new TextDecoder();
  const folded = new Map<string, { frames: readonly string[]; samples: number }>();
  let rest = '';
  let comm: string | undefined;
  let frames: string[] = [];

  const count = (): void => {
    if (comm === undefined) return;
    let stack: readonly string[] = [comm, ...frames.reverse()];
    if (folded.size >= LIMITS.stacks && !folded.has(stack.join('\n'))) stack = OTHER;
    const key = stack.join('\n');
    folded.set(key, { frames: stack, samples: (folded.get(key)?.samples ?? 0) + 1 });
    comm = undefined;
    frames = [];
  };
  const read = (line: string): void => {
    const frame = FRAME.exec(line);
    if (frame === null) {
      count();
      if (/^\S/.test(line)) comm = nameOf(line.trim());
    } else if (comm !== undefined && frames.length < LIMITS.depth) {
      const [, , symbol, dso] = frame;
      frames.push(`${nameOf(symbol!)} (${nameOf(basename(dso!))})`);
    }
  };
  return {
    push(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!.slice(0, LIMITS.line);
      for (const line of lines) read(line.slice(0, LIMITS.line));
    },
    end() {
      read(rest);
      count();
      return folded;
    },
  };
}

/** Through UTF-8, so that half a surrogate pair becomes U+FFFD. */
const cut = (name: string): string => Buffer.from(name.slice(0, LIMITS.name)).toString();

/** A profile says few names often. */
function remember(read: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const answer = known.get(name) ?? read(name);
    if (known.size < LIMITS.stacks) known.set(name, answer);
    return answer;
  };
}
