import { describe, expect, it } from 'vitest';
import { chooseDriver } from '../../../runner-hooks/driver/choose.ts';
import type { Driver, JobRequest } from '../../../runner-hooks/driver/job.ts';

/** A driver that fails with its name, which is enough to tell which one was asked. */
const named =
  (name: string): Driver =>
  () =>
    Promise.reject(new Error(name));

const choose = chooseDriver(named('local'), [
  { name: 'github', host: 'github.com', run: named('github.com') },
  { name: 'github', host: 'git.example:8443', run: named('git.example') },
  { name: 'gitlab', host: 'git.example:8443', run: named('gitlab') },
]);

const ask = (driver: JobRequest['driver'], repository: string) =>
  choose(
    {
      ...{ id: 'ab'.repeat(32), driver, source: { repository, commit: 'cd'.repeat(20) } },
      job: { workflow: 'ci.yml', ref: 'refs/heads/main', outputs: [] },
      limits: {
        ...{ seconds: 1, memoryBytes: 2 ** 30, processes: 1 },
        ...{ outputBytes: 0, logBytes: 0, network: false },
      },
      parameters: {},
    },
    { folder: '/nowhere' }
  );

describe('the driver of a job', () => {
  it.each([
    ['local', 'https://github.com/a/b.git', 'local'],
    ['github', 'https://github.com/a/b.git', 'github.com'],
    ['github', 'https://git.example:8443/a/b', 'git.example'],
    ['gitlab', 'https://git.example:8443/a/b', 'gitlab'],
  ] as const)('is that of its service: %s at %s', async (driver, repository, expected) => {
    await expect(ask(driver, repository)).rejects.toThrow(expected);
  });

  it.each([
    ['gitlab', 'https://github.com/a/b.git'],
    ['github', 'https://git.example/a/b.git'],
  ] as const)('is none where no runner is for it: %s at %s', async (driver, repository) => {
    await expect(ask(driver, repository)).rejects.toMatchObject({ code: 'input' });
  });
});
