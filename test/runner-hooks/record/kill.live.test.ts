import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../../runner-hooks/daemon/content.ts';
import { begin } from '../../../runner-hooks/record/begin.ts';
import { type AgentContext, publishPending } from '../../../runner-hooks/record/publication.ts';
import { listRuns, openRun } from '../../../runner-hooks/record/spool.ts';
import { type Agent, ORIGIN, startAgent } from './agent.ts';

const endedRun = async (spool: string, attempt: number): Promise<string> => {
  const run = await begin(spool, { ...ORIGIN, attempt });
  await run.end({ exitStatus: 0, masks: [] });
  return run.id;
};

/** Dies at the n-th effect, before it is made or when it has been and nobody was told. */
function dyingAt(agent: Agent, at: number, when: 'before' | 'after') {
  let effects = 0;
  const effect = async <T>(work: () => Promise<T>): Promise<T> => {
    effects += 1;
    const isIt = effects === at;
    if (isIt && when === 'before') throw new Error('killed');
    const result = await work();
    if (isIt) throw new Error('killed');
    return result;
  };
  const { content, key } = agent.context;
  const dying: Content = {
    get: (...args) => content.get(...args),
    put: (...args) => effect(() => content.put(...args)),
    publish: (...args) => effect(() => content.publish(...args)),
    rootOf: (...args) => effect(() => content.rootOf(...args)),
  };
  const context: AgentContext = {
    ...agent.context,
    content: dying,
    key: {
      ...key,
      sign: (commitment) => {
        effects += 1;
        if (effects === at) throw new Error('killed');
        return key.sign(commitment);
      },
    },
  };
  return { context, effects: () => effects };
}

describe('publishing runs', () => {
  it('R3: cut before or after any effect, leaves one receipt a run when it is done again', async () => {
    const agent = await startAgent();
    let at = 1;
    for (let attempt = 1; ; attempt++) {
      const when = attempt % 2 === 1 ? 'before' : 'after';
      await endedRun(agent.spool, attempt);
      const dying = dyingAt(agent, at, when);
      await publishPending(dying.context);
      await publishPending(agent.context);
      const log = await agent.log();
      expect(log.map(({ note }) => note.origin.attempt)).toEqual(
        Array.from({ length: attempt }, (_, i) => i + 1)
      );
      expect(log.map(({ note }) => note.receipt.sequence)).toEqual(
        Array.from({ length: attempt }, (_, i) => i + 1)
      );
      expect(await listRuns(agent.spool)).toEqual([]);
      if (dying.effects() < at) break;
      if (when === 'after') at += 1;
    }
    // Outputs' root, result, signature, receipt block, note block.
    expect(at).toBeGreaterThanOrEqual(5);
    expect(agent.events.filter(({ kind }) => kind === 'failed').length).toBeGreaterThanOrEqual(9);
  });

  it('R3: killed with -9 at any moment, has every run in the log once, in one line', async () => {
    const agent = await startAgent();
    const input = JSON.stringify({
      ...{ spool: agent.spool, key: agent.key, node: join(agent.folder, 'other-node') },
      log: {
        repository: agent.repository,
        token: agent.token,
        folder: join(agent.folder, 'other'),
      },
    });
    for (let i = 1; i <= 4; i++) await endedRun(agent.spool, i);
    const tries = 6;
    for (let i = 0; i < tries && (await listRuns(agent.spool)).length > 0; i++) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, 'child.ts')],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        }
      );
      child.stdin.end(input);
      await once(child.stdout, 'data');
      if (i < tries - 1) {
        await sleep(30 + 90 * i);
        child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    expect(await listRuns(agent.spool)).toEqual([]);
    const attempts = (await agent.log()).map(({ note }) => note.origin.attempt);
    expect(attempts).toEqual([1, 2, 3, 4]);
  });

  it('R3: takes a journal whose last line a crash cut short', async () => {
    const agent = await startAgent();
    const id = await endedRun(agent.spool, 1);
    const journal = join(agent.spool, 'runs', id, 'journal.jsonl');
    const lines = (await readFile(journal, 'utf8')).length;
    await appendFile(journal, '{"kind":"published","outp');
    await publishPending(agent.context);
    expect(await agent.log()).toHaveLength(1);
    const [done] = await readdir(join(agent.spool, 'done'));
    const text = await readFile(join(agent.spool, 'done', done!, 'journal.jsonl'), 'utf8');
    expect(text.slice(lines)).toMatch(/^\{"kind":"published","output":"[0-9a-f]{64}",/);
  });

  it('R3: an end that a crash cut short is made again from its beginning', async () => {
    const agent = await startAgent();
    const run = await begin(agent.spool, ORIGIN);
    const half = join(agent.spool, 'runs', run.id, 'result', 'outputs');
    await mkdir(half, { recursive: true });
    await writeFile(join(half, 'half.bin'), 'half');
    await run.end({ exitStatus: 0, masks: [] });
    expect(await readdir(half)).toEqual([]);
  });

  it('one run that cannot be published keeps no other; its reason is told', async () => {
    const agent = await startAgent();
    const broken = await endedRun(agent.spool, 1);
    await endedRun(agent.spool, 2);
    await rm(join(agent.spool, 'runs', broken, 'result'), { recursive: true });
    await mkdir(join(agent.spool, 'runs', 'junk'));
    expect(await publishPending(agent.context)).toHaveLength(1);
    expect(agent.events).toContainEqual(
      expect.objectContaining({
        kind: 'failed',
        id: broken,
        reason: expect.stringContaining('gone') as string,
      })
    );
    expect((await agent.log()).map(({ note }) => note.origin.attempt)).toEqual([2]);
    expect((await openRun(agent.spool, broken)).id).toBe(broken);
  });

  it('R4: is done by one process at a time', async () => {
    const agent = await startAgent();
    for (let i = 1; i <= 3; i++) await endedRun(agent.spool, i);
    const both = await Promise.allSettled([
      publishPending(agent.context),
      publishPending(agent.context),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await agent.log()).toHaveLength(3);
  });
});
