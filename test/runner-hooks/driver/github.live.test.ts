import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { assertDescribed } from './github-description.ts';
import { PATH, REPOSITORY, startGithubWorld, workflowOf } from './github-world.ts';

const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';
const UPLOAD = 'uses: actions/upload-artifact@v4\nwith: { name: dist, path: out }';

describe('a job that GitHub starts', () => {
  it('is measured here, and has log and artifacts from there', async () => {
    const world = await startGithubWorld(
      workflowOf(
        `sleep 1\n${BUSY}\nmkdir out\ncat "$RUNPROOF_PARAMETERS" > out/parameters.json\ncat "$RUNPROOF_SECRETS/token"`,
        UPLOAD
      )
    );
    const outcome = await world.run({
      definition: { outputs: ['dist', 'absent'] },
      parameters: { a: 1 },
      secrets: { token: 'a-secret-of-the-requester' },
    });
    expect(outcome).toMatchObject({ exitStatus: 0, reason: undefined });
    expect(outcome.counters[0]!.name).toBe('task-clock');
    expect(outcome.counters[0]!.value).toBeGreaterThan(100_000_000n);
    expect(outcome.phases).toHaveLength(1);
    expect(outcome.phases[0]!.counters).toEqual(outcome.counters);
    expect(outcome.log).toContain('##[group]Run actions/checkout@v4');
    expect(outcome.log).toContain('[secret]');
    expect(outcome.log).not.toContain('a-secret-of');
    expect(await readFile(join(outcome.outputs, 'dist/parameters.json'), 'utf8')).toBe('{"a":1}');
    expect(outcome.omitted).toEqual([{ path: 'absent', reason: 'missing' }]);
    expect(world.github.runs).toHaveLength(1);
    assertDescribed(world.github.calls);
    // Nobody publishes a bought run, and nothing of it is left once its outcome is written down.
    expect(await listRuns(world.agent.spool)).toHaveLength(1);
    await outcome.discard();
    expect(await listRuns(world.agent.spool)).toEqual([]);
    expect(await world.agent.log()).toEqual([]);
  });

  it('is asked for by a tag, which stays where it is while the branch goes on', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    const { repositories } = world.github;
    await repositories.setRef(REPOSITORY, 'refs/tags/market-1', world.commit);
    await repositories.commit(REPOSITORY, { [PATH]: workflowOf('exit 3') });
    const outcome = await world.run({ definition: { ref: 'refs/tags/market-1' } });
    expect(outcome).toMatchObject({ exitStatus: 0, reason: undefined });
    expect(world.github.runs).toMatchObject([{ ref: 'refs/tags/market-1', commit: world.commit }]);
  });

  it('fails as its steps do', async () => {
    const world = await startGithubWorld(workflowOf('exit 3'));
    expect(await world.run()).toMatchObject({ exitStatus: 1, reason: undefined });
  });
});
