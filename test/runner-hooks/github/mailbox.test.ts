import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  dropReports,
  hasMark,
  postMark,
  postReport,
  readReports,
} from '../../../runner-hooks/github/mailbox.ts';
import type { Report } from '../../../runner-hooks/github/report.ts';
import { temporaryFolder } from '../room.ts';

const report = (changes: Partial<Report> = {}): Report => ({
  version: 1,
  stage: 'started',
  worker: { pid: 40, startTime: '7' },
  boot: '00000000-0000-0000-0000-000000000000',
  ...{ at: 5, tick: 1, spent: 0, variables: { GITHUB_JOB: 'build' }, marketOnly: false, masks: 0 },
  event: { fork: null, workflow: null, ticket: null },
  ...changes,
});

describe('a mailbox', () => {
  it('gives reports back, beginnings first and then by time, until they are dropped', async () => {
    const mailbox = join(await temporaryFolder(), 'mailbox');
    expect(readReports(mailbox)).toEqual([]);
    const other = { pid: 41, startTime: '7' };
    const reports = [
      report({ worker: other, at: 9 }),
      report({ stage: 'completed', at: 1 }),
      report({ at: 5 }),
    ];
    for (const each of reports) postReport(mailbox, each);
    expect(readReports(mailbox)).toEqual([reports[2], reports[0], reports[1]]);
    postMark(mailbox, other, 'masked');
    expect(hasMark(mailbox, other, 'masked')).toBe(true);
    expect(hasMark(mailbox, other, 'outside')).toBe(false);
    dropReports(mailbox, other);
    expect(hasMark(mailbox, other, 'masked')).toBe(false);
    expect(readReports(mailbox)).toEqual([reports[2], reports[1]]);
  });

  it('throws away what no hook has written, and reads nothing else of its user’s', async () => {
    const folder = await temporaryFolder();
    const mailbox = join(folder, 'mailbox');
    postReport(mailbox, report());
    const secret = join(folder, 'secret');
    await writeFile(secret, JSON.stringify(report({ worker: { pid: 50, startTime: '1' } })));
    await symlink(secret, join(mailbox, '50-1.started.json'));
    const bad: Record<string, unknown> = {
      '51-1.started.json': 'not JSON',
      '52-1.started.json': report(),
      '53-1.started.json': { ...report({ worker: { pid: 53, startTime: '1' } }), extra: 1 },
      '54-1.started.json': report({ worker: { pid: 54, startTime: '1' }, at: 1e15 }),
      '55-1.completed.json': report({ worker: { pid: 55, startTime: '1' } }),
      '1-1.started.json': report({ worker: { pid: 1, startTime: '1' } }),
      '56-1.started.json': 'x'.repeat(200_000),
    };
    for (const [name, content] of Object.entries(bad))
      await writeFile(
        join(mailbox, name),
        typeof content === 'string' ? content : JSON.stringify(content)
      );
    await mkdir(join(mailbox, '57-1.started.json'));
    await writeFile(join(mailbox, 'agent.sock.json'), 'not ours');
    expect(readReports(mailbox)).toEqual([report()]);
    expect((await readdir(mailbox)).sort()).toEqual([
      '40-7.started.json',
      '57-1.started.json',
      'agent.sock.json',
    ]);
  });
});
