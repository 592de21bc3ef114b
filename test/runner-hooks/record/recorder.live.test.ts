import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf } from '../../../contracts/formats/cid.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { parseProfile } from '../../../contracts/formats/profile.ts';
import { resolvePath } from '../../../ipfs/directory.ts';
import { readFile } from '../../../ipfs/file.ts';
import { begin, reopen } from '../../../runner-hooks/record/begin.ts';
import { publishPending } from '../../../runner-hooks/record/publication.ts';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { temporaryFolder } from '../room.ts';
import { ORIGIN, startAgent } from './agent.ts';

const digest = sha256(utf8.encode('script'));
const BUSY = 'for ((i = 0; i < 200000; i++)); do :; done';

/** A process tree as a runner's: a parent that lives on, and children that come later. */
function startTree(script: string) {
  const child = spawn('/bin/bash', ['-c', `read; ${script}; read`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return {
    pid: child.pid!,
    go: () => child.stdin.write('\n'),
    end: async () => {
      child.stdin.end('\n');
      if (child.exitCode === null) await once(child, 'exit');
    },
    said: () => once(child.stdout, 'data'),
  };
}

describe('a recorded run', () => {
  it('leaves a signed receipt in git and on IPFS, with what its processes counted', async () => {
    const agent = await startAgent();
    const tree = startTree(`(${BUSY}) & bash -c '${BUSY}'; wait; echo done`);
    const run = await begin(agent.spool, ORIGIN);
    await run.attach({ pid: tree.pid });
    tree.go();
    await tree.said();
    const outputs = join(agent.folder, 'out');
    await mkdir(join(outputs, 'dist'), { recursive: true });
    await writeFile(join(outputs, 'dist/a.txt'), 'hello');
    await (await reopen(agent.spool, run.id)).end({ exitStatus: 3, outputs, masks: [] });
    await tree.end();

    const [published] = await publishPending(agent.context);
    const [entry, ...more] = await agent.log();
    expect(more).toEqual([]);
    expect(entry!.id).toBe(published!.commit);
    expect(String(cidOf('dag-pb', entry!.note.receipt.result))).toBe(published!.result);
    expect(String(rawCidOf(entry!.commit.receipt))).toBe(published!.receipt);
    const { note } = entry!;
    expect(note).toMatchObject({ origin: ORIGIN, exitStatus: 3, source: ORIGIN.commit });
    const [taskClock] = note.counters;
    expect(taskClock!.name).toBe('task-clock');
    // Both children were made after perf was there: one goes on beside its parent, one is another program.
    expect(taskClock!.value).toBeGreaterThan(200_000_000n);
    const [phase] = note.execution.phases;
    expect(phase).toMatchObject({ name: 'job', exitStatus: 3, taskClock: taskClock!.value });
    expect(Number(phase!.milliseconds)).toBeGreaterThan(100);
    const root = cidOf('dag-pb', note.receipt.result);
    const { cid } = await resolvePath(root, ['perf', 'profile.speedscope.json'], agent.node.source);
    const profile = parseProfile(await readFile(cid, agent.node.source, { maxBytes: 2 ** 20 }));
    expect(profile.profiles[0]!.endValue).toBeGreaterThan(3);
    expect(profile.shared.frames.map(({ name }) => name)).toContain('bash');
    expect(await agent.node.store.has(rawCidOf(entry!.commit.receipt))).toBe(true);
    expect(await listRuns(agent.spool)).toEqual([]);
    expect(await publishPending(agent.context)).toEqual([]);
  });

  it('measures phases that their caller starts, and keeps their exit status', async () => {
    const agent = await startAgent();
    const run = await begin(agent.spool, ORIGIN);
    const phase = (name: string, script: string) =>
      run.phase(name, digest, async ({ meter }) => {
        const [command, ...args] = [...meter, '/bin/bash', '-c', script];
        const child = spawn(command, args, { stdio: 'ignore' });
        const [status] = (await once(child, 'exit')) as [number];
        return status;
      });
    expect(await phase('build', BUSY)).toBe(0);
    expect(await phase('test', 'exit 7')).toBe(7);
    await run.end({ exitStatus: 7, masks: [] });
    await publishPending(agent.context);
    const [entry] = await agent.log();
    const { phases } = entry!.note.execution;
    expect(phases.map(({ name, exitStatus }) => [name, exitStatus])).toEqual([
      ['build', 0],
      ['test', 7],
    ]);
    expect(phases[0]!.taskClock).toBeGreaterThan(50_000_000n);
    const sum = phases.reduce((total, { taskClock }) => total + taskClock, 0n);
    expect(entry!.note.counters[0]!.value).toBe(sum);
  });

  it('is counted though its short processes end while perf begins', async () => {
    const agent = await startAgent();
    const tree = startTree(
      'for i in 1 2 3 4; do (while :; do /bin/true; done) & done; sleep 3; kill $(jobs -p); echo done'
    );
    tree.go();
    await sleep(100);
    const run = await begin(agent.spool, ORIGIN);
    await run.attach({ pid: tree.pid });
    await tree.said();
    await run.end({ exitStatus: 0, masks: [] });
    await tree.end();
    await publishPending(agent.context);
    const [entry] = await agent.log();
    expect(entry!.note.counters[0]!.value).toBeGreaterThan(10_000_000n);
  });

  it('goes on without perf, and says that nothing was counted', async () => {
    const agent = await startAgent();
    const path = process.env.PATH;
    const run = await begin(agent.spool, ORIGIN);
    try {
      process.env.PATH = '/nowhere';
      await run.attach({ pid: process.pid });
    } finally {
      process.env.PATH = path;
    }
    await run.end({ exitStatus: 0, masks: [] });
    await publishPending(agent.context);
    const [entry] = await agent.log();
    expect(entry!.note.counters.every(({ value }) => value === undefined)).toBe(true);
    expect(entry!.note.execution.phases[0]!.taskClock).toBe(0n);
  });

  it('R3: of a job that killed its hook is ended by the agent, once its processes are gone', async () => {
    const agent = await startAgent();
    const tree = startTree('echo done');
    const run = await begin(agent.spool, ORIGIN);
    await run.attach({ pid: tree.pid });
    expect(await publishPending(agent.context)).toEqual([]);
    tree.go();
    await tree.end();
    for (let i = 0; i < 50 && (await listRuns(agent.spool)).length > 0; i++) {
      await publishPending(agent.context);
      await sleep(50);
    }
    const [entry] = await agent.log();
    expect(entry!.note.exitStatus).toBe(EXIT.unknown);
    expect(agent.events.map(({ kind }) => kind)).toContain('abandoned');
    // K1: nobody is left who knows what to mask.
    expect(entry!.note.origin).toMatchObject({ commit: ORIGIN.commit, ref: 'refs/[withheld]' });
  });

  it('does not take the second end for another, nor a fifth phase, nor a stranger’s name', async () => {
    const spool = await temporaryFolder();
    const run = await begin(spool, ORIGIN);
    const code = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => undefined,
        (error: unknown) => (error as { code?: string }).code
      );
    for (let i = 0; i < 4; i++) await run.phase(`p${i}`, digest, () => Promise.resolve(0));
    expect(await code(run.phase('p4', digest, () => Promise.resolve(0)))).toBe('STATE');
    expect(await code(run.phase('UPPER', digest, () => Promise.resolve(0)))).toBe('INPUT');
    await run.end({ exitStatus: 0, masks: [] });
    await run.end({ exitStatus: 1, masks: [] });
    expect(await code(run.attach({ pid: process.pid }))).toBe('STATE');
    expect(await code(begin(spool, { ...ORIGIN, attempt: 0 }))).toBe('INPUT');
    expect(await code(begin('/dev/null/spool', ORIGIN))).toBe('SPOOL');
    for (const id of ['', '../..', 'x', '00000000000000-000000000000'])
      expect(await code(reopen(spool, id))).toBe('UNKNOWN');
    expect(await readdir(join(spool, 'runs'))).toEqual([run.id]);
  });
});
