export { type RowText, type Piece, plainText, rowText, piecesOf };

/** A row as it is shown. `styles[i]` holds from `styles[i].at` up to the next one. */
interface RowText {
  readonly text: string;
  readonly styles: readonly { readonly at: number; readonly style: string }[];
}

/** What is drawn in one go. */
interface Piece {
  readonly text: string;
  /** Class names such as `ansi-1 ansi-bold`; empty for none. */
  readonly style: string;
  /** Which match of the row it belongs to, from 0; `undefined` for none. */
  readonly match: number | undefined;
}

/**
 * Escape sequences of terminals (ECMA-48): CSI, and OSC with its end. Runners publish the escape
 * character as its picture, U+241B, so both are known. Bounded and without a line feed, so that no row
 * can make a scan of the log slow or swallow another row.
 */
const ESCAPES =
  /(?:[\x1b\u241b]\[|\x9b)([0-?]{0,64})[ -/]{0,8}([@-~])|[\x1b\u241b]\][^\x07\x1b\u2407\u241b\n]{0,512}(?:\x07|\u2407|[\x1b\u241b]\\)/g;

/**
 * What a row may not do: move the cursor, hide, or turn text round (W1). Tab and line feed stay; the
 * joiner of emoji (U+200D) orders nothing.
 */
const CONTROL = /(?![\t\n\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Control characters as pictures (U+2400…), and whatever has none as U+FFFD. */
const inert = (text: string): string =>
  text.replace(CONTROL, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });

/** Rows as they are searched: the same text as {@link rowText} gives, line feeds kept. */
const plainText = (raw: string): string =>
  inert(raw.replace(/\r(?=\n|$)/g, '').replace(ESCAPES, ''));

/** One row, inert, with the colours that its escape sequences ask for. */
function rowText(raw: string): RowText {
  const source = raw.replace(/\r(?=\n|$)/g, '');
  const styles: { at: number; style: string }[] = [];
  let style = NO_STYLE;
  let text = '';
  let from = 0;
  for (const match of source.matchAll(ESCAPES)) {
    text += inert(source.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] !== 'm') continue;
    style = restyled(style, match[1] ?? '');
    const name = nameOf(style);
    if (styles.at(-1)?.at === text.length) styles.pop();
    if ((styles.at(-1)?.style ?? '') !== name) styles.push({ at: text.length, style: name });
  }
  text += inert(source.slice(from));
  return { text, styles };
}

/** Cuts a row where its style or a match begins or ends. `pattern` is global, or `undefined`. */
function piecesOf({ text, styles }: RowText, pattern: RegExp | undefined): readonly Piece[] {
  const matches =
    pattern === undefined
      ? []
      : [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
          from: index,
          to: index + found.length,
        }));
  const cuts = [
    ...new Set([
      0,
      ...styles.map(({ at }) => at),
      ...matches.flatMap(({ from, to }) => [from, to]),
    ]),
  ]
    .filter((at) => at < text.length)
    .sort((a, b) => a - b);
  let styled = -1;
  let matched = 0;
  return cuts.map((from, i) => {
    while (styled + 1 < styles.length && styles[styled + 1]!.at <= from) styled += 1;
    while (matched < matches.length && matches[matched]!.to <= from) matched += 1;
    const inside = matched < matches.length && matches[matched]!.from <= from;
    return {
      text: text.slice(from, cuts[i + 1]),
      style: styles[styled]?.style ?? '',
      match: inside ? matched : undefined,
    };
  });
}

interface Style {
  readonly colour: number | undefined;
  readonly isBold: boolean;
  readonly isFaint: boolean;
}
const NO_STYLE: Style = { colour: undefined, isBold: false, isFaint: false };

/** Select Graphic Rendition: the sixteen colours of text, bold and faint; the rest is left out. */
function restyled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0) next = NO_STYLE;
    else if (code === 1) next = { ...next, isBold: true };
    else if (code === 2) next = { ...next, isFaint: true };
    else if (code === 22) next = { ...next, isBold: false, isFaint: false };
    else if (code >= 30 && code <= 37) next = { ...next, colour: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, colour: code - 82 };
    else if (code === 39) next = { ...next, colour: undefined };
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4;
  }
  return next;
}

const nameOf = ({ colour, isBold, isFaint }: Style): string =>
  [
    ...(colour === undefined ? [] : [`ansi-${colour}`]),
    ...(isBold ? ['ansi-bold'] : []),
    ...(isFaint ? ['ansi-faint'] : []),
  ].join(' ');
