import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LocalDescriptor } from '../../../contracts/formats/descriptor.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { TOKEN, pipelineOf, startGitlabWorld } from '../driver/gitlab-world.ts';
import { until } from './until.ts';
import { MINA, World } from './world.ts';

/** The daemon's world, in which what is sold is a pipeline of a GitLab on this machine. */
async function startForgeWorld(script: string) {
  const forge = await startGitlabWorld(pipelineOf(script, 'out'));
  const { source, job, limits } = forge.request({ definition: { outputs: ['out'] } });
  const world = new World({
    ...{ driver: 'gitlab', source, job, limits },
  } as unknown as Partial<LocalDescriptor>);
  onTestFinished(() => world.remove());
  const driver = forge.driver();
  world.job = (request, settings) => driver(request, settings);
  const alice = world.openTab(20n * MINA);
  return { forge, world, alice };
}

describe('a daemon whose jobs a forge starts', () => {
  it('settles a pipeline like any other job, and is paid for what the hooks counted', async () => {
    const { forge, world, alice } = await startForgeWorld(
      'for ((i = 0; i < 300000; i++)); do :; done\nmkdir out; echo made > out/x'
    );
    await alice.ring(1, {});
    const running = world.start();
    onTestFinished(() => running.stop());
    await until(() => running.journal.jobs.count('settled') === 1, 'settled', 60_000);
    const [job] = running.journal.jobs.in('settled');
    const outcome = job!.outcome!;
    expect(outcome).toMatchObject({ exitStatus: 0, phases: [{ name: 'script' }] });
    expect(outcome.counters[0]!.value).toBeGreaterThan(100_000_000n);
    expect(world.payments).toMatchObject([{ sequence: 1, amount: job!.amount }]);
    const folder = join(world.folder, 'work', 'results', `${job!.id}`);
    const text = await readFile(join(folder, 'statement.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      subject: [{ name: 'outputs/out/x' }],
      predicate: {
        runDetails: {
          runproof_runtimeTrace: { monitoredProcess: { type: 'urn:runproof:gitlab' } },
        },
      },
    });
    expect(await listRuns(forge.spool)).toEqual([]);
  });

  it('R3: stops in the middle, and takes up the same pipeline when it is back', async () => {
    const { forge, world, alice } = await startForgeWorld('sleep 3; mkdir out; echo made > out/x');
    await alice.ring(1, {});
    const first = world.start({ drain: 100 });
    await until(() => forge.gitlab.pipelines.length === 1, 'asked for', 60_000);
    await first.stop();
    const second = world.start();
    onTestFinished(() => second.stop());
    await until(() => second.journal.jobs.count('settled') === 1, 'settled', 60_000);
    expect(forge.gitlab.pipelines).toHaveLength(1);
    expect(world.payments).toHaveLength(1);
  });

  it('tries again while the forge is away, and gives the job up for nothing in the end', async () => {
    const { forge, world, alice } = await startForgeWorld('true');
    forge.gitlab.setToken('another');
    await alice.ring(1, {});
    const running = world.start({ attempts: 3 });
    onTestFinished(() => running.stop());
    await until(() => running.journal.jobs.count('settled') === 1, 'settled', 60_000);
    const [job] = running.journal.jobs.in('settled');
    expect(job).toMatchObject({ attempts: 3, amount: 0n, outcome: { exitStatus: EXIT.refused } });
    expect(world.events.filter(({ kind }) => kind === 'interrupted')).toHaveLength(3);
    const reasons = world.events.flatMap((event) => ('reason' in event ? [event.reason] : []));
    expect(reasons[0]).toContain('the token is not accepted');
    expect(reasons.join()).not.toContain(TOKEN);
    expect(forge.gitlab.pipelines).toHaveLength(0);
  });
});
