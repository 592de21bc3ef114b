export { withDefaultBranch };

import { utf8 } from '../contracts/formats/bytes.ts';

const SYMREF = ' symref=HEAD:refs/heads/main';

/**
 * Names a default branch in a ref advertisement (gitprotocol-pack(5)) that names none. A repository
 * of nothing but notes has no HEAD to advertise, and isomorphic-git then reports every ref of it as
 * not found. Whatever is not an advertisement with capabilities is returned as it is.
 */
function withDefaultBranch(body: Uint8Array): Uint8Array {
  const line = capabilityLine(body);
  if (line === undefined) return body;
  const text = new TextDecoder('latin1').decode(body.subarray(line.start + 4, line.end));
  if (text.includes('symref=HEAD:')) return body;
  const longer = text.replace(/\n?$/, `${SYMREF}\n`);
  const length = (longer.length + 4).toString(16).padStart(4, '0');
  return Uint8Array.from([
    ...body.subarray(0, line.start),
    ...utf8.encode(length),
    ...Array.from(longer, (char) => char.charCodeAt(0)),
    ...body.subarray(line.end),
  ]);
}

/** The first packet line with a NUL in it: what follows the NUL are the capabilities. */
function capabilityLine(body: Uint8Array): { start: number; end: number } | undefined {
  for (let start = 0; start + 4 <= body.length;) {
    const digits = String.fromCharCode(...body.subarray(start, start + 4));
    if (!/^[0-9a-f]{4}$/.test(digits)) return undefined;
    const end = start + Math.max(Number.parseInt(digits, 16), 4);
    if (end > body.length) return undefined;
    if (body.subarray(start, end).includes(0)) return { start, end };
    start = end;
  }
  return undefined;
}
