import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CliError } from '../cli/error.ts';
import { ROOT } from './checkout.ts';

export { SITE, buildSite };

/** Where this checkout's build lies. */
const SITE = join(ROOT, 'dist/site');

/**
 * Builds the app of the checkout or export in `root`, in a process of its own: bundlers read the
 * environment, and this one's is not theirs.
 * @returns the site's folder
 * @throws CliError `FAILED`
 */
async function buildSite(
  root: string = ROOT,
  { signal }: { signal?: AbortSignal } = {}
): Promise<string> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(root, 'bin/build.mjs'), '--site'], {
    cwd: root,
    env: { PATH, HOME, NODE_ENV: 'production' },
    // Standard output is for results.
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  child.stdout.pipe(process.stderr, { end: false });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0)
    throw new CliError('FAILED', `the site in ${root} could not be built; see the message above.`);
  return join(root, 'dist/site');
}
