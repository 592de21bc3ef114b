import { join } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { logEvent } from '../../runner-hooks/daemon/event.ts';
import { readProviderConfig } from '../provider/config.ts';
import { verb } from './command.ts';

export { addRunnerCommands };

/** `runner start`: the provider's daemon. */
function addRunnerCommands(program: Command): void {
  const group = program.command('runner').description('the daemon that runs jobs and is paid');
  verb<{ config?: string }>(
    group,
    'start',
    'serve the services of a config file, until Ctrl-C; logs are JSON lines',
    'runner start --config provider.json',
    async ({ settings, signal }, { config }) => {
      const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
      const provider = readProviderConfig(config ?? join(settings.home, 'provider.json'));
      const { runProvider } = await import('../provider/provider.ts');
      await runProvider(provider, {
        signal,
        onEvent: (event) => logEvent(logger, event),
      });
    }
  ).option('--config <file>', 'provider.json in the home folder by default');
  verb<{ config?: string }>(
    group,
    'peers',
    'addresses of its IPFS node for the keyset: requesters with no other way give it blocks there',
    'runner peers --config provider.json',
    async ({ settings, output }, { config }) => {
      const { folder, ipfs } = readProviderConfig(config ?? join(settings.home, 'provider.json'));
      const { peerAddresses } = await import('../provider/peer-addresses.ts');
      const peers = await peerAddresses(folder, ipfs.listen);
      output.result({ ok: true, peers }, [['peers', peers.join('\n')]]);
      output.line(
        'Put the address that others reach this machine by in place of what it listens on; a page needs /wss.'
      );
    }
  ).option('--config <file>', 'provider.json in the home folder by default');
}
