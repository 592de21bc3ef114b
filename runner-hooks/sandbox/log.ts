export { type Log, createLog, neutralize };

import { createScrubber } from './secrets.ts';

type Log = {
  /** Raw output of a job. */
  write: (chunk: Uint8Array) => void;
  /** A line of our own here and now, beside what the job may write. */
  head: (sentence: string) => void;
  /** A line of our own at the end. */
  note: (sentence: string) => void;
  /** The whole text: valid UTF-8, no control characters but tab and line feed. */
  end: () => string;
};

/**
 * What a job says, made safe to publish and to print: secrets masked, escape sequences shown instead
 * of obeyed (threat R6), and cut at `maxBytes` of UTF-8 with a line that says so.
 * @param onText gets the same text while it comes
 */
function createLog(
  maxBytes: number,
  secrets: readonly Uint8Array[],
  onText: (text: string) => void = () => undefined
): Log {
  const scrubber = createScrubber(secrets);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts: string[] = [];
  let left = maxBytes;
  let cut = false;
  const emit = (text: string): void => {
    if (text === '') return;
    parts.push(text);
    onText(text);
  };
  const append = (bytes: Uint8Array, stream: boolean): void => {
    const text = neutralize(decoder.decode(bytes, { stream }));
    const fitting = fit(text, left);
    left -= Buffer.byteLength(fitting);
    emit(fitting);
    if (fitting.length === text.length || cut) return;
    cut = true;
    left = 0;
    emit(`\n[runproof: the log was cut here, after ${maxBytes} bytes]\n`);
  };
  const notes: string[] = [];
  let isMidLine = false;
  const write = (chunk: Uint8Array): void => {
    if (chunk.length > 0) isMidLine = chunk.at(-1) !== 0x0a;
    append(scrubber.push(chunk), true);
  };
  return {
    write,
    head(sentence) {
      const line = Buffer.from(`${isMidLine ? '\n' : ''}[runproof: ${neutralize(sentence)}]\n`);
      left += line.length;
      write(line);
    },
    note: (sentence) => notes.push(`[runproof: ${neutralize(sentence)}]\n`),
    end() {
      append(scrubber.end(), false);
      if (notes.length > 0 && parts.length > 0 && !parts.at(-1)!.endsWith('\n')) emit('\n');
      notes.forEach(emit);
      return parts.join('');
    },
  };
}

/** C0 but tab and line feed, DEL, C1, and the marks that reorder or split lines when shown. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Shows control characters as pictures (U+2400…) or U+FFFD; CR LF becomes LF. */
const neutralize = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });

/** The longest start of `text` of at most `bytes` in UTF-8, never half a character. */
function fit(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const room = new Uint8Array(bytes);
  return text.slice(0, new TextEncoder().encodeInto(text, room).read);
}
