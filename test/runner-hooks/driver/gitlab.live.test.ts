import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { PROJECT, TRIGGER, pipelineOf, startGitlabWorld } from './gitlab-world.ts';

const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';

describe('a job that GitLab starts', () => {
  it.each([
    ['with a token of the API', undefined, 'api'],
    ['with a trigger token', TRIGGER, 'trigger'],
  ])(
    '%s is measured here, and has log and artifacts from there',
    async (_, triggerToken, source) => {
      const world = await startGitlabWorld(
        pipelineOf(
          `${BUSY}\nmkdir out\ncat "$RUNPROOF_PARAMETERS" > out/parameters.json\ncat "$RUNPROOF_SECRETS/token"`,
          'out'
        )
      );
      const outcome = await world.run(
        {
          definition: { outputs: ['out/parameters.json', 'absent'] },
          parameters: { a: 1 },
          secrets: { token: 'a-secret-of-the-requester' },
        },
        { ...(triggerToken && { triggerToken }) }
      );
      expect(outcome.log).toContain('Running on');
      expect(outcome).toMatchObject({ exitStatus: 0, reason: undefined });
      expect(outcome.counters[0]!.value).toBeGreaterThan(100_000_000n);
      expect(outcome.phases).toMatchObject([{ name: 'script', exitStatus: 0 }]);
      expect(outcome.log).toContain('[secret]');
      expect(outcome.log).not.toContain('a-secret-of');
      const path = join(outcome.outputs, 'out/parameters.json');
      expect(await readFile(path, 'utf8')).toBe('{"a":1}');
      expect(outcome.omitted).toEqual([{ path: 'absent', reason: 'missing' }]);
      expect(world.gitlab.pipelines).toMatchObject([{ source }]);
      // No token in an address, where proxies and logs keep it.
      const addresses = world.gitlab.calls.map(({ path, query }) => `${path}?${query.toString()}`);
      expect(addresses.join('\n')).not.toMatch(/glptt|glpat/);
      expect(await listRuns(world.spool)).toHaveLength(1);
      await outcome.discard();
      expect(await listRuns(world.spool)).toEqual([]);
    }
  );

  it('is asked for by a tag, which stays where it is while the branch goes on', async () => {
    const world = await startGitlabWorld(pipelineOf('echo done'));
    const { repositories } = world.gitlab;
    await repositories.setRef(PROJECT, 'refs/tags/market-1', world.commit);
    await repositories.commit(PROJECT, { '.gitlab-ci.yml': pipelineOf('exit 3') });
    const outcome = await world.run({ definition: { ref: 'refs/tags/market-1' } });
    expect(outcome).toMatchObject({ exitStatus: 0, reason: undefined });
    expect(world.gitlab.pipelines).toMatchObject([{ commit: world.commit }]);
  });

  it('fails with the exit status of its script', async () => {
    const world = await startGitlabWorld(pipelineOf('exit 3'));
    expect(await world.run()).toMatchObject({ exitStatus: 3, reason: undefined });
  });
});
