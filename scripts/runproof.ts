import { createProgram, runProgram } from './cli/command.ts';
import { addKeyCommands } from './cli/key.ts';
import { VERSION } from './cli/version.ts';

const program = createProgram(VERSION);
addKeyCommands(program);
process.exitCode = await runProgram(program, process.argv.slice(2));
