import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  fstatSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { KeyRing } from '../../runner-hooks/daemon/key-end.ts';
import { readKeyFile } from '../cli/key-file.ts';

export { type FileKeyRing, openKeyRing };

interface FileKeyRing extends KeyRing {
  /** age identities of one epoch; none once they are destroyed. */
  identities(epoch: number): readonly string[];
}

/** Says that a missing key file was meant to be missing. */
const tombstone = (file: string): string => `${file}.destroyed`;

/**
 * The identities that `provider.json` names, in memory.
 *
 * `destroy` overwrites each file of an epoch with random bytes, has the disk write them, and removes it.
 * That is all that a program can do: a copy-on-write or journalling file system, a snapshot, a backup, a
 * flash disk's spare blocks and swapped memory may keep the old bytes. Keep key files on a disk that is
 * encrypted, and out of backups.
 *
 * @param files by epoch, absolute
 * @throws CliError `KEY_FILE` for a file that is missing and was never destroyed
 */
function openKeyRing(files: ReadonlyMap<number, readonly string[]>): FileKeyRing {
  const identities = new Map<number, readonly string[]>();
  for (const [epoch, paths] of files) {
    const destroyed = paths.filter((path) => existsSync(tombstone(path)));
    // What a crash left half done.
    destroyed.forEach(shred);
    const there = paths.filter((path) => !destroyed.includes(path));
    if (there.length > 0)
      identities.set(
        epoch,
        there.map((path) => readKeyFile(path, 'age').identity)
      );
  }
  return {
    identities: (epoch) => identities.get(epoch) ?? [],
    epochs: () => [...identities.keys()].sort((a, b) => a - b),
    async destroy(epoch) {
      for (const path of files.get(epoch) ?? []) shred(path);
      identities.delete(epoch);
    },
  };
}

/** The tombstone comes first: after a crash in between, the rest is done at the next start. */
function shred(path: string): void {
  if (!existsSync(path)) return;
  writeFileSync(tombstone(path), `${new Date().toISOString()}\n`, { mode: 0o600 });
  const file = openSync(path, 'r+');
  try {
    const noise = randomFillSync(Buffer.alloc(fstatSync(file).size));
    for (let at = 0; at < noise.length;) at += writeSync(file, noise, at, noise.length - at, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
