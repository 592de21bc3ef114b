import { expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { startGithubWorld, workflowOf } from './github-world.ts';
import { pipelineOf, startGitlabWorld } from './gitlab-world.ts';
import { LIMITS } from './limits.ts';

const FLOOD = 'seq 1 20000; printf "\\033[2J"';

// Only GitLab's executor counts what a script says while it runs.
it.each([
  ['GitHub', () => startGithubWorld(workflowOf(FLOOD)), 0],
  ['GitLab', () => startGitlabWorld(pipelineOf(FLOOD)), EXIT.logLimit],
] as const)(
  'R6: a job that %s starts has as much of a log as its service allows, and it says where it was cut',
  async (_, start, expected) => {
    const world = await start();
    const limits = { ...LIMITS, outputBytes: 0, logBytes: 10_000 };
    const { log, exitStatus } = await world.run({ limits });
    expect(log).toContain('[runproof: the log was cut here, after 10000 bytes]');
    expect(log.length).toBeLessThan(11_000);
    expect(exitStatus).toBe(expected);
  }
);
