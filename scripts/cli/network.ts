import { join } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_PORT } from '../network/port.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';

export { addNetworkCommands, portOf, untilAborted };

/** `network up`: a chain, an IPFS gateway and a git host on loopback. */
function addNetworkCommands(program: Command): void {
  const group = program.command('network').description('the embedded network, on loopback only');
  verb<{ port: string; folder?: string; proofs: boolean }>(
    group,
    'up',
    'start a Mina network, an IPFS gateway and a git host, until Ctrl-C',
    'network up --port 7410',
    async ({ settings, output, signal }, { port, folder, proofs }) => {
      const first = portOf(port);
      // Here and in its like: every other command would wait seconds for what it does not use.
      const { startNetwork } = await import('../network/network.ts');
      const network = await startNetwork({
        folder: folder ?? join(settings.home, 'network'),
        port: first,
        proofsEnabled: proofs,
        signal,
        onProgress: (what) => output.progress(what),
      });
      const { mina, ipfs, git } = network;
      output.result(
        {
          ok: true,
          node: mina.graphql,
          archive: mina.archive,
          accountManager: mina.accountManager,
          networkId: mina.networkId,
          gateway: ipfs.url,
          git: git.url,
          networkFile: mina.networkFile,
          peers: ipfs.node.peerAddresses(),
        },
        [
          ['node', mina.graphql],
          ['archive', mina.archive],
          ['account manager', mina.accountManager],
          ['IPFS gateway', ipfs.url],
          ['git', git.url],
          ['network file', mina.networkFile],
        ]
      );
      await untilAborted(signal);
      await network.stop();
    }
  )
    .option('--port <number>', 'first of five ports; 0 takes free ones', String(DEFAULT_PORT))
    .option('--folder <folder>', 'state, kept across restarts')
    .option('--no-proofs', 'neither make nor verify proofs: worth nothing, and quick');
}

/** @throws CliError `USAGE` */
function portOf(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_530)
    throw new CliError('USAGE', `${JSON.stringify(text)} is not a port from 0 to 65530.`);
  return port;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
