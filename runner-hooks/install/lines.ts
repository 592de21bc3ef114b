export { type Hunk, hunksBetween, undoHunks };

import { diffArrays } from 'diff';

/** Lines that stand in the place of others, with the line before them as a person would say where. */
interface Hunk {
  /** Number of the first line, from 1, in the older text. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Each line with its end, so that a last line without one is another. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** What was changed between two texts. */
function hunksBetween(before: string, after: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at = 1;
  let hunk: { at: number; removed: string[]; added: string[] } | undefined;
  for (const { value, added, removed } of diffArrays(linesOf(before), linesOf(after))) {
    if (!added && !removed) hunk = undefined;
    else {
      if (hunk === undefined) hunks.push((hunk = { at, removed: [], added: [] }));
      hunk[added ? 'added' : 'removed'].push(...value);
    }
    if (!added) at += value.length;
  }
  return hunks;
}

/**
 * Takes changes back out of a text that others have changed since.
 * @returns `undefined` where the added lines do not stand there any more, or more than once
 */
function undoHunks(text: string, hunks: readonly Hunk[]): string | undefined {
  let lines = linesOf(text);
  for (const { added, removed } of hunks) {
    const places = lines.flatMap((_, i) =>
      added.every((line, k) => sameLine(lines[i + k], line)) ? [i] : []
    );
    if (added.length === 0 || places.length !== 1) return undefined;
    const at = places[0]!;
    lines = [...lines.slice(0, at), ...removed, ...lines.slice(at + added.length)];
  }
  return lines.join('');
}

/** Somebody's editor may have ended the last line, or appended behind it. */
const sameLine = (a: string | undefined, b: string): boolean =>
  a?.replace(/\n$/, '') === b.replace(/\n$/, '');
