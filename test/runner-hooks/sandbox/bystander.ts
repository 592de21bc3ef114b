/** A process of its own that runs one script in the sandbox: `<work folder> <script>`. */
import { runInSandbox } from '../../../runner-hooks/sandbox/sandbox.ts';
import { meterCommand } from '../../../runner-hooks/perf/meter.ts';
import { LIMITS, roomIn } from '../limits.ts';

const [work, script] = process.argv.slice(2);
let output = '';
const outcome = await runInSandbox({
  command: ['/bin/bash', '-c', script!],
  room: roomIn(work!),
  limits: LIMITS,
  meter: meterCommand({ stat: `${work}.stat`, samples: `${work}.data` }, 60),
  onOutput: (chunk) => (output += chunk.toString()),
});
process.stdout.write(JSON.stringify({ ...outcome, output }));
