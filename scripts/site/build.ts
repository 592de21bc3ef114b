import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CliError } from '../cli/error.ts';
import { ROOT } from './checkout.ts';

export { buildSite };

/**
 * Builds the app of the checkout or export in `root`, in a process of its own: bundlers read the
 * environment, and this one's is not theirs.
 * @param options.out parent of the site's folder; `dist` of `root` unless given
 * @returns the site's folder
 * @throws CliError `FAILED`
 */
async function buildSite(
  root: string = ROOT,
  { out = join(root, 'dist'), signal }: { out?: string; signal?: AbortSignal } = {}
): Promise<string> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(root, 'bin/build.mjs'), '--site', '--out', out], {
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
  return join(out, 'site');
}
