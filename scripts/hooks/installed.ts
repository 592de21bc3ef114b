import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { InstalledFile, Installation } from '../../runner-hooks/install/installation.ts';
import { readConfigFile } from '../cli/config-file.ts';

export { type Installed, listed, listInstalled };

const InstalledSchema = v.strictObject({
  forge: v.picklist(['github', 'gitlab']),
  target: v.string(),
});
type Installed = v.InferOutput<typeof InstalledSchema>;

const folderIn = (home: string): string => join(home, 'runners');

/** The installation with a file more, by which agent, status and doctor find it. */
function listed<T extends Installation>(installation: T, home: string): T {
  const { forge, target } = installation;
  const name = createHash('sha256').update(`${forge} ${target}`).digest('hex').slice(0, 16);
  const entry: InstalledFile = {
    path: join(folderIn(home), `${name}.json`),
    text: `${JSON.stringify({ forge, target } satisfies Installed)}\n`,
    mode: 0o600,
  };
  return {
    ...installation,
    files: async (base: Parameters<Installation['files']>[0]) => [
      ...(await installation.files(base)),
      entry,
    ],
  };
}

/** What hooks are installed on, from this home. @throws CliError `SETTINGS` naming a file that is not ours */
const listInstalled = (home: string): readonly Installed[] =>
  !existsSync(folderIn(home))
    ? []
    : readdirSync(folderIn(home))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => readConfigFile(join(folderIn(home), name), InstalledSchema));
