import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { resolvePath } from '../../ipfs/directory.ts';
import type { IpfsNode } from '../../ipfs/node.ts';
import { publishDirectory } from '../../ipfs/publish.ts';
import { CliError } from '../cli/error.ts';
import type { Network } from '../network/network.ts';
import { buildSite } from '../site/build.ts';
import { exportHead } from '../site/checkout.ts';
import { SITE_PATH } from './service.ts';

export { type SiteAddresses, buildCommit, serveSite, addressesOf, builtSite };

/** Builds the app of a commit, whatever was changed since. @returns the site's folder */
async function buildCommit(
  commit: string,
  home: string,
  signal: AbortSignal,
  repository?: string
): Promise<string> {
  const folder = join(home, 'site', 'source');
  await exportHead(commit, folder, signal, repository);
  return buildSite(folder, { signal });
}

/** Puts a built site on the network's gateway, to stay. */
async function serveSite(folder: string, { store, pins }: IpfsNode): Promise<CID> {
  return pins.hold(async () => {
    const { cid } = await publishDirectory(folder, store);
    await pins.pin(cid, { name: 'runproof site' });
    return cid;
  });
}

interface SiteAddresses {
  readonly path: string;
  readonly subdomain: string;
}

/** Where a browser opens the site with this network. */
function addressesOf(cid: string, { ipfs, mina }: Network): SiteAddresses {
  const { port } = new URL(ipfs.url);
  const route = `#/?network=${encodeURIComponent(mina.networkFile)}`;
  return {
    path: `${ipfs.url}/ipfs/${cid}/${route}`,
    subdomain: `http://${cid}.ipfs.localhost:${port}/${route}`,
  };
}

/**
 * The site in a job's result, held against the one that the gateway serves.
 * @throws CliError `FAILED` where they differ
 */
async function builtSite(
  result: CID,
  served: CID,
  { source }: Pick<IpfsNode, 'source'>
): Promise<string> {
  const { cid } = await resolvePath(result, SITE_PATH, source);
  const [built, expected] = [cid.toString(), served.toString()];
  if (built === expected) return built;
  throw new CliError(
    'FAILED',
    `the job built ${built}, and the same commit built here is ${expected}; the build is not reproducible.`
  );
}
