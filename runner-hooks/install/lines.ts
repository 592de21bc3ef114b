export { type Hunk, hunksBetween, undoHunks };

/** Lines that stand in the place of others, with the line before them as a person would say where. */
interface Hunk {
  /** Number of the first line, from 1, in the older text. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Each line with its end, so that a last line without one is another. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** What was changed between two texts, by a longest common subsequence of their lines. */
function hunksBetween(before: string, after: string): readonly Hunk[] {
  const [older, newer] = [linesOf(before), linesOf(after)];
  const common = longestCommon(older, newer);
  const hunks: Hunk[] = [];
  let [i, j] = [0, 0];
  for (const [oldAt, newAt] of [...common, [older.length, newer.length] as const]) {
    const [removed, added] = [older.slice(i, oldAt), newer.slice(j, newAt)];
    if (removed.length + added.length > 0) hunks.push({ at: i + 1, removed, added });
    [i, j] = [oldAt + 1, newAt + 1];
  }
  return hunks;
}

/** Pairs of indices. Quadratic, which is nothing for what people configure by hand. */
function longestCommon(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i]![j] =
        a[i] === b[j]
          ? length[i + 1]![j + 1]! + 1
          : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;)
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++;
    else j++;
  return pairs;
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
