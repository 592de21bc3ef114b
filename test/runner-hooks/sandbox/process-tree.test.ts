import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { ancestors, descendants, statOf } from '../../../runner-hooks/sandbox/process-tree.ts';

/** A shell whose name reads like the end of one, and a process that it waits for. */
async function family(): Promise<{ parent: ChildProcess; child: number }> {
  const parent = spawn(
    'bash',
    ['-c', 'printf ") S 1 (" > /proc/$$/comm; sleep 60 & echo $!; wait'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    }
  );
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(said.toString());
  onTestFinished(() => {
    parent.kill('SIGKILL');
    process.kill(child, 'SIGKILL');
  });
  return { parent, child };
}

it('finds a process from those above it and from itself, whatever they call themselves', async () => {
  const { parent, child } = await family();
  expect([...ancestors(child)].slice(0, 3)).toEqual([child, parent.pid, process.pid]);
  expect([...ancestors(child)]).not.toContain(1);
  expect([...descendants(parent.pid!)].map(({ pid }) => pid)).toEqual([child]);
  expect([...descendants(process.pid)].map(({ pid }) => pid)).toContain(child);
});

it('finds nothing above or below one that is gone', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  expect(statOf(child.pid!)).toBeUndefined();
  expect([...ancestors(child.pid!)]).toEqual([child.pid]);
  expect([...descendants(child.pid!)]).toEqual([]);
});
