export { createStatusReader };

import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import * as v from 'valibot';

const StatusLine = v.union([
  v.object({ 'child-pid': v.pipe(v.number(), v.integer(), v.minValue(2)) }),
  v.object({ 'exit-code': v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)) }),
]);

/**
 * Reads what `bwrap --json-status-fd` writes, a JSON object a line (bwrap(1)).
 * @param onStart gets the host's number of the sandbox's first process
 * @returns `exit` is the command's exit status, `undefined` if it never started
 */
function createStatusReader(
  stream: Readable,
  onStart: (pid: number) => void
): { exit: Promise<number | undefined> } {
  const read = async (): Promise<number | undefined> => {
    let exit: number | undefined;
    for await (const line of createInterface({ input: stream })) {
      const status = v.safeParse(v.pipe(v.string(), v.parseJson(), StatusLine), line);
      if (!status.success) continue; // newer releases may say more
      if ('child-pid' in status.output) onStart(status.output['child-pid']);
      else exit = status.output['exit-code'];
    }
    return exit;
  };
  return { exit: read() };
}
