import { createProgram, runProgram } from './cli/command.ts';
import { addDemoCommand } from './cli/demo.ts';
import { addHooksCommands } from './cli/hooks.ts';
import { addJobCommands } from './cli/job.ts';
import { addKeyCommands } from './cli/key.ts';
import { addNetworkCommands } from './cli/network.ts';
import { addOracleCommands } from './cli/oracle.ts';
import { addRunnerCommands } from './cli/runner.ts';
import { addSecretCommands } from './cli/secret.ts';
import { addServiceCommands } from './cli/service.ts';
import { addTabCommands } from './cli/tab.ts';
import { addVerifyCommand } from './cli/verify.ts';
import { VERSION } from './cli/version.ts';

const program = createProgram(VERSION);
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
// Whoever reads our output may have read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runProgram(program, process.argv.slice(2));
