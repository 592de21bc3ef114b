import { createProgram, runProgram } from './cli/command.ts';
import { addDemoCommand } from './cli/demo.ts';
import { addKeyCommands } from './cli/key.ts';
import { addNetworkCommands } from './cli/network.ts';
import { addOracleCommands } from './cli/oracle.ts';
import { addRunnerCommands } from './cli/runner.ts';
import { VERSION } from './cli/version.ts';

const program = createProgram(VERSION);
for (const add of [
  addDemoCommand,
  addNetworkCommands,
  addKeyCommands,
  addRunnerCommands,
  addOracleCommands,
])
  add(program);
process.exitCode = await runProgram(program, process.argv.slice(2));
