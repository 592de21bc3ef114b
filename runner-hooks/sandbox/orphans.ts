export { killOrphans };

import { readdirSync, readFileSync } from 'node:fs';
import { isOurs } from './sandbox.ts';

/**
 * Ends sandboxes whose monitor is dead. `--die-with-parent` leaves one gap: where bwrap is killed
 * between making its child and letting it run, the child waits for ever. No job has begun in it.
 * Another runner's sandboxes are safe: a living one's first process has a bwrap as its parent.
 * @returns how many there were
 */
function killOrphans(): number {
  let killed = 0;
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const status = readFileSync(`/proc/${name}/status`, 'latin1');
      const [parent] = /^PPid:\t(\d+)/m.exec(status)!.slice(1);
      const isInit = /^NSpid:\t\d+.*\t1$/m.test(status);
      if (!isInit || !isOurs(argvOf(name)) || argvOf(parent!)[0] === 'bwrap') continue;
      process.kill(Number(name), 'SIGKILL');
      killed += 1;
    } catch {
      // it ended while we looked, or is another user's
    }
  return killed;
}

const argvOf = (pid: string): string[] =>
  pid === '0' ? [] : readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
