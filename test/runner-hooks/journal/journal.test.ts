import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatKey, isKey } from '../../../contracts/formats/key.ts';
import { JournalError } from '../../../runner-hooks/journal/error.ts';
import { type Journal, openJournal } from '../../../runner-hooks/journal/journal.ts';

const keys = Array.from({ length: 40 }, (_, i) => formatKey({ x: BigInt(i + 1), isOdd: false }));
const [key, otherKey] = keys.filter(isKey) as [string, string];
const ring = (digest: string) => ({ service: 'service', tab: 'tab', digest });

let folder: string;
let journal: Journal | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runproof-journal-'));
});
afterEach(() => {
  journal?.close();
  journal = undefined;
  rmSync(folder, { recursive: true, force: true });
});
const open = (options = {}, runner = key): Journal =>
  (journal = openJournal(folder, runner, { locks: folder, ...options }));
const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof JournalError) return error.code;
    throw error;
  }
  return undefined;
};

describe('the journal', () => {
  it('keeps a job with its steps over a restart', () => {
    open({ now: () => 5 });
    const job = journal!.jobs.see(ring('aa'));
    journal!.jobs.transition(job, 'seen', 'fetched');
    journal!.jobs.transition(job, 'fetched', 'accepted', { sequence: 7, maximum: 2n ** 64n - 1n });
    journal!.close();
    const again = open().jobs.get(job.id);
    expect(again).toMatchObject({ state: 'accepted', sequence: 7, maximum: 2n ** 64n - 1n });
    expect(journal!.jobs.steps(job.id)).toEqual([
      { from: 'seen', to: 'fetched', at: 5, reason: null },
      { from: 'fetched', to: 'accepted', at: 5, reason: null },
    ]);
  });

  it('refuses a transition from a state that the job is not in, or that does not follow', () => {
    const { jobs } = open();
    const job = jobs.see(ring('aa'));
    expect(codeOf(() => jobs.transition(job, 'fetched', 'refused'))).toBe('CONFLICT');
    expect(codeOf(() => jobs.transition(job, 'seen', 'settled'))).toBe('CONFLICT');
    expect(jobs.get(job.id).state).toBe('seen');
  });

  it('writes all of a transaction or nothing', () => {
    const { jobs, blocks } = open();
    const job = jobs.see(ring('aa'));
    expect(() =>
      journal!.write('both', () => {
        blocks.keep(job.id, 'request', Uint8Array.of(1));
        jobs.transition(job, 'seen', 'fetched');
        throw new Error('in between');
      })
    ).toThrow('in between');
    expect(jobs.get(job.id).state).toBe('seen');
    expect(blocks.get(job.id, 'request')).toBeUndefined();
  });

  it('sees a request once, however often it is rung, and a refused one again', () => {
    const { jobs } = open();
    const job = jobs.see(ring('aa'));
    expect(jobs.see(ring('aa')).id).toBe(job.id);
    jobs.transition(job, 'seen', 'refused', { refusal: 'NO_TAB', reason: 'not there' });
    expect(jobs.see(ring('aa'))).toMatchObject({ id: job.id, state: 'seen' });
    expect(jobs.see({ ...ring('aa'), tab: 'rival' }).id).not.toBe(job.id);
  });

  it('lets one job hold a sequence number of a tab', () => {
    const { jobs } = open();
    const accept = (digest: string): void => {
      const job = jobs.transition(jobs.see(ring(digest)), 'seen', 'fetched');
      jobs.transition(job, 'fetched', 'accepted', { sequence: 1, maximum: 1n });
    };
    accept('aa');
    expect(() => accept('bb')).toThrow(/UNIQUE/);
    expect(jobs.in('fetched').map(({ digest }) => digest)).toEqual(['bb']);
  });

  it('C10: lets no tab wait behind another one’s flood', () => {
    const { jobs } = open();
    for (let i = 0; i < 50; i++) jobs.see({ ...ring(`f${i}`), tab: 'flood' });
    jobs.see({ ...ring('aa'), tab: 'guest' });
    expect(jobs.waiting(2).map(({ tab }) => tab)).toEqual(['flood', 'guest']);
  });

  it('knows how far an inbox was read together with what was read', () => {
    const { cursors, jobs } = open();
    expect(() =>
      cursors.advance('service', '1', () => {
        jobs.see(ring('aa'));
        throw new Error('in between');
      })
    ).toThrow();
    expect(cursors.get('service')).toBeUndefined();
    expect(jobs.in('seen')).toEqual([]);
    cursors.advance('service', '2', () => jobs.see(ring('aa')));
    expect(cursors.get('service')).toBe('2');
  });
});

describe('a failing disk', () => {
  it('R3: that is full is said so, and what was written stays', () => {
    open();
    const job = journal!.jobs.see(ring('aa'));
    const [{ pages }] = journal!.store.all<{ pages: number }>(
      'SELECT page_count AS pages FROM pragma_page_count()'
    ) as [{ pages: number }];
    journal!.store.limitPages(pages);
    const code = codeOf(() => journal!.blocks.keep(job.id, 'envelope', new Uint8Array(100_000)));
    expect(code).toBe('FULL');
    expect(journal!.blocks.get(job.id, 'envelope')).toBeUndefined();
    journal!.close();
    expect(open().jobs.get(job.id).state).toBe('seen');
  });

  it('R3: that left no journal behind is said so', () => {
    writeFileSync(join(folder, 'journal.sqlite'), 'x'.repeat(10_000));
    expect(codeOf(() => open())).toBe('CORRUPT');
  });
});

describe('an open journal', () => {
  it('R4: is not opened by a second daemon, in whichever folder, until the first has gone', () => {
    open();
    const elsewhere = mkdtempSync(join(tmpdir(), 'runproof-journal-'));
    expect(codeOf(() => openJournal(elsewhere, key, { locks: folder }))).toBe('LOCKED');
    journal!.close();
    const second = openJournal(elsewhere, key, { locks: folder });
    second.close();
    rmSync(elsewhere, { recursive: true, force: true });
    open();
  });

  it('R4: frees its key when its process is killed', async () => {
    const module = join(import.meta.dirname, '../../../runner-hooks/journal/journal.ts');
    const script = `import { openJournal } from ${JSON.stringify(module)};
      openJournal(${JSON.stringify(folder)}, ${JSON.stringify(key)}, { locks: ${JSON.stringify(folder)} });
      console.log('open'); setInterval(() => undefined, 1000);`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      }
    );
    await once(child.stdout, 'data');
    expect(codeOf(() => open())).toBe('LOCKED');
    child.kill('SIGKILL');
    await once(child, 'exit');
    open();
  });

  it('does not go to another key while it holds unsettled jobs', () => {
    const { jobs } = open();
    const job = jobs.transition(jobs.see(ring('aa')), 'seen', 'fetched');
    journal!.close();
    open({}, otherKey);
    journal!.jobs.transition(job, 'fetched', 'accepted', { sequence: 1, maximum: 1n });
    journal!.close();
    expect(codeOf(() => open())).toBe('KEY');
    open({}, otherKey);
  });

  it('refuses a journal of a later release', () => {
    open();
    journal!.close();
    const db = new Database(join(folder, 'journal.sqlite'));
    db.pragma('user_version = 99');
    db.close();
    expect(codeOf(() => open())).toBe('VERSION');
  });
});
