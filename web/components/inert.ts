export { inert };

/**
 * A stranger's text with nothing in it but what can be seen: control characters, format characters
 * (bidirectional overrides, zero-width joiners, tags) and lone surrogates become U+FFFD, and heaps of
 * combining marks are cut, which would otherwise paint over the lines above. Newlines and tabs stay.
 */
const inert = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1');
