import type { Command } from 'commander';
import { addDemoCommand } from './demo.ts';
import { addHooksCommands } from './hooks.ts';
import { addJobCommands } from './job.ts';
import { addKeyCommands } from './key.ts';
import { addNetworkCommands } from './network.ts';
import { addOracleCommands } from './oracle.ts';
import { addRunnerCommands } from './runner.ts';
import { addSecretCommands } from './secret.ts';
import { addServiceCommands } from './service.ts';
import { addTabCommands } from './tab.ts';
import { addVerifyCommand } from './verify.ts';

export { addVerbs };

/** All that `runproof` can be told to do. */
function addVerbs(program: Command): void {
  for (const add of [
    addDemoCommand,
    addNetworkCommands,
    addKeyCommands,
    addRunnerCommands,
    addHooksCommands,
    addOracleCommands,
    addServiceCommands,
    addTabCommands,
    addSecretCommands,
    addJobCommands,
    addVerifyCommand,
  ])
    add(program);
}
