import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../scripts/cli/command.ts';
import { addKeyCommands } from '../../../scripts/cli/key.ts';
import { addOracleCommands } from '../../../scripts/cli/oracle.ts';
import { addRunnerCommands } from '../../../scripts/cli/runner.ts';
import { addServiceCommands } from '../../../scripts/cli/service.ts';
import { addTabCommands } from '../../../scripts/cli/tab.ts';
import {
  keyCommand,
  pauseCommand,
  peersCommand,
  proveCommand,
  refundCommand,
  rotateCommand,
  runnerCommand,
} from '../../../web/store/command-lines.ts';

const settings = {
  node: 'http://127.0.0.1:8080/graphql',
  archive: 'http://127.0.0.1:8282',
  gateways: ['http://127.0.0.1:8081', 'http://127.0.0.1:8082'],
  upload: 'http://127.0.0.1:5001',
  proofs: true,
};

interface Taken {
  readonly verb: string;
  readonly args: readonly string[];
  readonly options: Record<string, unknown>;
}

/** What the command line understands of a line, with its verbs kept from doing anything. */
async function understood(line: string): Promise<Taken> {
  const [npx, runproof, ...words] = line.split(' ');
  expect([npx, runproof]).toEqual(['npx', 'runproof']);
  const program = createProgram('0');
  for (const add of [
    ...[addKeyCommands, addOracleCommands, addRunnerCommands],
    ...[addServiceCommands, addTabCommands],
  ])
    add(program);
  let taken: Taken | undefined;
  for (const group of program.commands)
    for (const verb of group.commands)
      verb.action((...all: unknown[]) => {
        const command = all.at(-1) as Command;
        taken = {
          verb: `${group.name()} ${verb.name()}`,
          args: command.args,
          options: command.optsWithGlobals(),
        };
      });
  await program.parseAsync(words, { from: 'user' });
  return taken!;
}

describe('lines for the command line', () => {
  it('refund a tab on the network that the page works on', async () => {
    expect(await understood(refundCommand(settings, 'B62tab'))).toMatchObject({
      verb: 'tab refund',
      args: ['B62tab'],
      options: {
        node: settings.node,
        gateway: 'http://127.0.0.1:8081',
        wallet: '~/.runproof/keys/wallet.json',
      },
    });
  });

  it('prove a settled log again, with no key', async () => {
    expect(await understood(proveCommand(settings, 'B62tab'))).toMatchObject({
      verb: 'oracle prove',
      args: ['B62tab'],
    });
  });

  it('rotate a service’s keys, with a place to upload to', async () => {
    expect(await understood(rotateCommand(settings, 'B62service'))).toMatchObject({
      verb: 'service rotate',
      args: ['B62service'],
      options: { keyset: 'keyset.json', upload: settings.upload },
    });
  });

  it('pause a service, and go on', async () => {
    const paused = await understood(pauseCommand(settings, 'B62service', true));
    expect(paused).toMatchObject({ verb: 'service pause', args: ['B62service'] });
    expect(paused.options.off).toBeUndefined();
    const open = await understood(pauseCommand(settings, 'B62service', false));
    expect(open).toMatchObject({ verb: 'service pause', options: { off: true } });
  });

  it('say so where the network makes no proofs', async () => {
    const without = { ...settings, proofs: false };
    for (const line of [
      refundCommand(without, 'B62tab'),
      rotateCommand(without, 'B62service'),
      pauseCommand(without, 'B62service', false),
    ])
      expect((await understood(line)).options.proofs).toBe(false);
    expect((await understood(refundCommand(settings, 'B62tab'))).options.proofs).toBe(true);
  });

  it('make keys and start the daemon', async () => {
    expect(await understood(keyCommand('runner'))).toMatchObject({
      verb: 'key new',
      args: ['runner'],
      options: { type: 'mina' },
    });
    expect(await understood(keyCommand('epoch-3'))).toMatchObject({
      args: ['epoch-3'],
      options: { type: 'age' },
    });
    expect(await understood(peersCommand())).toMatchObject({ verb: 'runner peers' });
    expect(await understood(runnerCommand())).toMatchObject({
      verb: 'runner start',
      options: { config: '~/.runproof/provider.json' },
    });
  });

  it('W1: keep an address of a stranger’s network file one word', () => {
    const line = refundCommand({ ...settings, node: 'http://x/$(id)' }, 'B62tab');
    expect(line).toContain(`--node 'http://x/$(id)'`);
  });
});
