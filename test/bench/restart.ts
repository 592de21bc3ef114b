import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '../../contracts/chain/sign.ts';
import type { JobState } from '../../runner-hooks/journal/job-state.ts';
import { openJournal } from '../../runner-hooks/journal/journal.ts';

export { measureRestart };

const PATH: readonly JobState[] = [
  ...(['seen', 'fetched', 'accepted', 'running', 'ran', 'published', 'noted', 'settled'] as const),
];

/** Seconds to open a journal with `count` finished jobs and to find that nothing is left to do. */
async function measureRestart(
  count: number
): Promise<{ readonly jobs: number; readonly seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-bench-'));
  const [runner, service, tab] = [0, 1, 2].map(() => generateKeyPair().publicKey) as [
    string,
    string,
    string,
  ];
  const open = () => openJournal(join(folder, 'journal'), runner, { locks: join(folder, 'locks') });
  try {
    const journal = open();
    journal.write('bench', () => {
      for (let i = 0; i < count; i++) {
        const digest = i.toString(16).padStart(64, '0');
        const job = journal.jobs.see({ service, tab, digest });
        PATH.slice(1).forEach((to, at) => journal.jobs.transition(job, PATH[at]!, to));
      }
    });
    journal.close();
    const start = performance.now();
    const reopened = open();
    const left = reopened.jobs.count('accepted', 'running', 'ran', 'published', 'noted');
    const running = reopened.jobs.in('running').length;
    const seconds = (performance.now() - start) / 1000;
    const finished = reopened.jobs.count('settled');
    reopened.close();
    if (left + running !== 0 || finished !== count) throw new Error(`${finished} jobs were kept`);
    return { jobs: count, seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
