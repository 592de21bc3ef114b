/** Begins a run, attaches to a busy tree of processes and ends it: as whoever runs this file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Origin } from '../../../contracts/formats/origin.ts';
import { handleOf } from '../../../runner-hooks/record/run.ts';
import { createRun } from '../../../runner-hooks/record/spool.ts';

const [spool] = process.argv.slice(2) as [string];
const origin = JSON.parse(readFileSync(0, 'utf8')) as Origin;
const busy = 'for ((i = 0; i < 200000; i++)); do :; done';
const child = spawn('/bin/bash', ['-c', `read; (${busy}) & bash -c '${busy}'; wait`], {
  stdio: ['pipe', 'ignore', 'ignore'],
});
// Not through the recorder, which brings a database for its lock along.
const run = handleOf(
  await createRun(spool, {
    ...{ origin, startedAt: Date.now(), source: '00'.repeat(32) },
    ...{ seconds: 60, publishLog: false, readable: [] },
  }),
  spool
);
await run.attach({ pid: child.pid! });
child.stdin.write('\n');
await once(child, 'exit');
await run.end({ exitStatus: 0, masks: [] });
const result = join(spool, 'runs', run.id, 'result', 'perf');
const read = (name: string): unknown => JSON.parse(readFileSync(join(result, name), 'utf8'));
process.stdout.write(
  JSON.stringify({ counters: read('counters.json'), profile: read('profile.speedscope.json') })
);
