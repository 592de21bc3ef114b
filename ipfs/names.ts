export { unsafeName, assertSafeName, MAX_NAME_BYTES };

import { IpfsError } from './error.ts';

/** `NAME_MAX` of Linux, and what every filesystem in use can hold. */
const MAX_NAME_BYTES = 255;

const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Cs}/u;
/** Reorder or hide what a person reads: `gpj.exe` shown as `exe.jpg` (CVE-2021-42574). */
const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Why `name` may not stand in a directory that we publish or write to disk, or `undefined`.
 * A publisher chooses these names, so each rule stops an escape (`..`, separators of either
 * system), a second spelling of one name (NFC), or a name that a terminal or page would act on.
 */
function unsafeName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'points to a folder';
  if (/[/\\]/.test(name)) return 'contains a path separator';
  if (CONTROL.test(name)) return 'contains a control character';
  if (BIDIRECTIONAL.test(name)) return 'contains a character that reorders text';
  if (LONE_SURROGATE.test(name)) return 'is not well-formed Unicode';
  if (name.normalize('NFC') !== name) return 'is not in Unicode normal form C';
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_NAME_BYTES) return `is ${bytes} bytes long, more than ${MAX_NAME_BYTES}`;
  return undefined;
}

/** @throws {IpfsError} `unsafe-name` */
function assertSafeName(name: string): string {
  const reason = unsafeName(name);
  if (reason !== undefined)
    throw new IpfsError(
      'unsafe-name',
      `the entry name ${JSON.stringify(name.slice(0, 80))} ${reason}; rename it and publish again`
    );
  return name;
}
