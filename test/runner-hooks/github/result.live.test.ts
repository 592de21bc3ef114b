import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { exitIn, findLog } from '../../../runner-hooks/github/result.ts';
import { temporaryFolder } from '../room.ts';

const line = (result: string): string =>
  `[2026-04-10 17:17:23Z INFO JobRunner] Job result after all job steps finish: ${result}\n`;

describe('how a job ended', () => {
  it('is what the worker’s log says last', async () => {
    const log = join(await temporaryFolder(), 'log');
    await writeFile(log, '[2026-04-10 17:17:20Z INFO Worker] Job message:\n');
    expect(exitIn(log)).toBeUndefined();
    const results = {
      ...{ Succeeded: 0, SucceededWithIssues: 0, Failed: 1, Canceled: EXIT.signalled + 2 },
      Abandoned: undefined,
    };
    for (const [result, status] of Object.entries(results)) {
      await appendFile(log, line(result));
      expect([result, exitIn(log)]).toEqual([result, status]);
    }
    await appendFile(log, line('Failed') + 'x'.repeat(100_000));
    expect(exitIn(log)).toBe(1);
    await appendFile(log, 'x'.repeat(300_000));
    expect(exitIn(log)).toBeUndefined();
  });

  it('is not what a job has had written into the middle of a line', async () => {
    const log = join(await temporaryFolder(), 'log');
    await writeFile(log, `[2026-04-10 17:17:20Z INFO StepsRunner] name: ${line('Succeeded')}`);
    expect(exitIn(log)).toBeUndefined();
  });

  it('is not read through a link, or where there is no log', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'other'), line('Succeeded'));
    await symlink(join(folder, 'other'), join(folder, 'log'));
    expect(exitIn(join(folder, 'log'))).toBeUndefined();
    expect(exitIn(join(folder, 'none'))).toBeUndefined();
    expect(exitIn(folder)).toBeUndefined();
  });

  it('is looked for in the log that the worker has open', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '_diag'));
    const log = join(folder, '_diag', 'Worker_20260410-171600-utc.log');
    const worker = spawn('bash', ['-c', `exec 9>"${log}"; echo ready; read`], { stdio: 'pipe' });
    await once(worker.stdout, 'data');
    expect(findLog(worker.pid!)).toBe(log);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect(findLog(worker.pid!)).toBeUndefined();
  });
});
