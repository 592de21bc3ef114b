export { MIN_SECRET_BYTES, MAX_SECRETS_BYTES, type Scrubber, createScrubber, scrubText };

/** Shorter ones would be found everywhere by chance. */
const MIN_SECRET_BYTES = 6;
/** Of one job, all together: searching costs as many passes over the log as there are pieces. */
const MAX_SECRETS_BYTES = 16 * 1024;

/** Longer secrets are looked for piece by piece, so that a part, or a wrapped line, is found too. */
const PIECE_BYTES = 48;
const MASK = '[secret]';

/** Takes secrets out of a stream whatever the chunks; `push` holds back what might be half of one. */
type Scrubber = { push: (chunk: Uint8Array) => Buffer; end: () => Buffer };

/** How the output is looked at: as it is, or without line breaks, or that in lower case. */
type Needles = Record<'plain' | 'base64' | 'hex', string[]>;
type Span = { from: number; to: number };

/**
 * Masks planted secrets as they stand, in base64 (both alphabets, at any alignment) and in hex (both
 * cases), also where a tool wrapped its lines; as an address or a form has them, and as JSON has them. What a job compresses or encrypts cannot be found.
 * @param secrets each of at least {@link MIN_SECRET_BYTES}; shorter ones are not looked for
 */
function createScrubber(secrets: readonly Uint8Array[]): Scrubber {
  const needles = needlesOf(secrets);
  // A wrapped needle has at most one line break (CR LF) a character.
  const hold =
    3 * Math.max(0, ...Object.values(needles).flatMap((list) => list.map((n) => n.length)));
  let rest = '';
  const take = (limit: (spans: readonly Span[]) => number): Buffer => {
    const spans = findSecrets(rest, needles);
    const cut = limit(spans);
    const out = mask(
      rest.slice(0, cut),
      spans.filter(({ to }) => to <= cut)
    );
    rest = rest.slice(cut);
    return Buffer.from(out, 'latin1');
  };
  return {
    push(chunk) {
      rest += Buffer.from(chunk).toString('latin1');
      return take((spans) => {
        let cut = Math.max(0, rest.length - hold);
        for (let i = spans.length - 1; i >= 0; i--)
          if (spans[i]!.from < cut && cut < spans[i]!.to) cut = spans[i]!.from;
        return cut;
      });
    },
    end: () => take(() => rest.length),
  };
}

/** {@link createScrubber} for text that is there as a whole. */
function scrubText(text: string, secrets: readonly Uint8Array[]): string {
  const scrubber = createScrubber(secrets);
  return Buffer.concat([scrubber.push(Buffer.from(text)), scrubber.end()]).toString();
}

function needlesOf(secrets: readonly Uint8Array[]): Needles {
  const needles: Needles = { plain: [], base64: [], hex: [] };
  for (const piece of secrets.flatMap(piecesOf)) {
    needles.plain.push(...asWritten(piece));
    needles.hex.push(piece.toString('hex'));
    for (const alphabet of ['base64', 'base64url'] as const)
      for (const shift of [0, 1, 2]) needles.base64.push(shifted(piece, shift, alphabet));
  }
  return {
    plain: [...new Set(needles.plain)],
    base64: [...new Set(needles.base64)],
    hex: [...new Set(needles.hex)],
  };
}

/** The lines of a secret, in pieces; a line that is too short stands only in the whole. */
function piecesOf(secret: Uint8Array): Buffer[] {
  const whole = Buffer.from(secret);
  if (whole.length < MIN_SECRET_BYTES) return [];
  const lines = whole.toString('latin1').split(/\r?\n/);
  const cut = [whole.toString('latin1'), ...lines].flatMap((line) => {
    const pieces = line.match(new RegExp(`[^]{1,${PIECE_BYTES}}`, 'g')) ?? [];
    const last = pieces.at(-1);
    if (pieces.length > 1 && last!.length < MIN_SECRET_BYTES)
      pieces.splice(-2, 2, pieces.at(-2)! + last!);
    return pieces;
  });
  return cut
    .filter((piece) => piece.length >= MIN_SECRET_BYTES)
    .map((piece) => Buffer.from(piece, 'latin1'));
}

/**
 * A piece as it stands, with bytes as `%` and two digits where an address (RFC 3986), a form or
 * JavaScript's `encodeURIComponent` writes them so, in either case of the digits, and escaped in JSON.
 */
function asWritten(piece: Buffer): string[] {
  const plain = piece.toString('latin1');
  const escaped = (kept: RegExp, space: string): string[] => {
    const percent = (byte: string): string =>
      `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
    const lower = Array.from(plain, (byte) =>
      byte === ' ' ? space : kept.test(byte) ? byte : percent(byte)
    );
    return [lower.join(''), lower.map((c) => (c.length === 3 ? c.toUpperCase() : c)).join('')];
  };
  return [
    plain,
    ...escaped(/[A-Za-z0-9._~-]/, '%20'),
    ...escaped(/[A-Za-z0-9._~!'()*-]/, '%20'),
    ...escaped(/[A-Za-z0-9.*_-]/, '+'),
    JSON.stringify(plain).slice(1, -1),
  ];
}

/** The base64 characters that a piece alone determines when `shift` bytes stand before it. */
function shifted(piece: Buffer, shift: number, alphabet: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(shift), piece]).toString(alphabet);
  return text.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + piece.length)) / 6));
}

/** Sorted by where they begin. */
function findSecrets(text: string, { plain, base64, hex }: Needles): Span[] {
  const spans = plain.flatMap((needle) => occurrences(text, needle));
  if (base64.length > 0) {
    const places: number[] = [];
    for (let i = 0; i < text.length; i++) if (text[i] !== '\n' && text[i] !== '\r') places.push(i);
    const joined = text.replace(/[\r\n]/g, '');
    const lower = joined.toLowerCase();
    const found = [
      ...base64.flatMap((needle) => occurrences(joined, needle)),
      ...hex.flatMap((needle) => occurrences(lower, needle)),
    ];
    spans.push(...found.map(({ from, to }) => ({ from: places[from]!, to: places[to - 1]! + 1 })));
  }
  return spans.sort((a, b) => a.from - b.from);
}

function occurrences(text: string, needle: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length))
    spans.push({ from: at, to: at + needle.length });
  return spans;
}

function mask(text: string, spans: readonly Span[]): string {
  let out = '';
  let done = 0;
  for (const { from, to } of spans) {
    if (from >= done) out += text.slice(done, from) + MASK;
    done = Math.max(done, to);
  }
  return out + text.slice(done);
}
