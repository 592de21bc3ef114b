import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createScrubber, scrubText } from '../sandbox/secrets.ts';
import { filesBelow, foldersBelow } from './tree.ts';

export { withholdSecrets };

/**
 * Takes files out of a result that everybody may read if they hold one of the job's secrets, in
 * their content or their path (K1). A log can be masked; a program with bytes masked would be broken.
 *
 * @returns the paths, themselves masked
 */
async function withholdSecrets(
  folder: string,
  secrets: readonly Uint8Array[]
): Promise<readonly string[]> {
  const withheld: string[] = [];
  if (secrets.length === 0) return withheld;
  for (const path of await filesBelow(folder)) {
    const name = scrubText(path, secrets);
    if (name === path && !(await holdsSecret(join(folder, path), secrets))) continue;
    await rm(join(folder, path));
    withheld.push(name);
  }
  // A folder's name is published even where nothing is left in it.
  for (const path of await foldersBelow(folder))
    if (scrubText(path, secrets) !== path)
      await rm(join(folder, path), { recursive: true, force: true });
  return withheld;
}

async function holdsSecret(path: string, secrets: readonly Uint8Array[]): Promise<boolean> {
  const scrubber = createScrubber(secrets);
  const [before, after] = [createHash('sha256'), createHash('sha256')];
  for await (const chunk of createReadStream(path)) {
    before.update(chunk as Buffer);
    after.update(scrubber.push(chunk as Buffer));
  }
  after.update(scrubber.end());
  return !before.digest().equals(after.digest());
}
