import { createProgram, runProgram } from './cli/command.ts';
import { addVerbs } from './cli/verbs.ts';
import { VERSION } from './cli/version.ts';

const program = createProgram(VERSION);
addVerbs(program);
// Whoever reads our output may have read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runProgram(program, process.argv.slice(2));
