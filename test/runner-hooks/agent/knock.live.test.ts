import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chown, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hearKnocks } from '../../../runner-hooks/agent/knock.ts';
import { readReports } from '../../../runner-hooks/github/mailbox.ts';
import type { Message } from '../../../runner-hooks/github/report.ts';
import { createRunner } from '../github/runner.ts';
import { startWorld } from '../github/world.ts';
import { temporaryFolder } from '../room.ts';

const NOBODY = 65_534;
const isRoot = process.getuid!() === 0;

/** A mailbox whose agent only writes down what it hears, and a runner whose steps knock. */
async function start(user?: number) {
  const folder = await temporaryFolder();
  if (user !== undefined) execFileSync('chmod', ['711', folder]);
  const mailbox = join(folder, 'mailbox');
  await mkdir(mailbox, { mode: 0o700 });
  if (user !== undefined) await chown(mailbox, user, user);
  const heard: Message[] = [];
  const knocks = await hearKnocks(mailbox, (message) => void heard.push(message));
  onTestFinished(() => knocks.close());
  const runner = await createRunner(
    join(folder, 'runner'),
    onTestFinished,
    user === undefined ? {} : { uid: user }
  );
  return { folder, mailbox, runner, heard };
}

/** As a hook's shell does it; says what it was told. */
const knocking = (mailbox: string, line: string): string => `
cd '${mailbox}'; mkfifo -m 600 $$.reply; said=
{ echo "${line}" >&8; read -r -t 0.3 said <&9 || :; } 8<>"$(echo knock.*)" 9<>$$.reply
echo "told $said"`;

describe('a hook that knocks', () => {
  it('needs no Node: the agent leaves its report, and has the masks in memory', async () => {
    const world = await startWorld({
      node: '/nonexistent/node',
      ...(isRoot ? { uid: NOBODY } : {}),
    });
    const secret = 'pl4nted-T0ken';
    const environment = { ACTIONS_RUNTIME_TOKEN: secret };
    const job = await world.runner.startJob({ environment, payload: { repository: { id: 1 } } });
    expect(job.started).toEqual({ status: 0, output: '' });
    const [name] = readdirSync(world.mailbox).filter((each) => each.endsWith('.started.json'));
    const left = join(world.mailbox, name!);
    if (isRoot) expect(statSync(left).uid).toBe(NOBODY);
    expect(JSON.parse(await readFile(left, 'utf8'))).toMatchObject({ masks: 1 });
    expect(await readFile(left, 'utf8')).not.toContain(secret);
    await world.until('measured');
    expect(await job.complete('Failed')).toEqual({ status: 0, output: '' });
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note).toMatchObject({ exitStatus: 1, origin: { fork: false, actor: 'ada' } });
    expect(readdirSync(world.mailbox).filter((each) => each.endsWith('.reply'))).toEqual([]);
  });

  it('has the report left that its Node would have left', async () => {
    const world = await startWorld({ isAway: true });
    const environment = {
      ...{ A_TOKEN: 'one', 'odd-SECRET': 'two\nlines', NPM_TOKEN: '' },
      ...{
        GITHUB_ACTOR: '$(id)"; `id`\n\u202e',
        GITHUB_RUN_ATTEMPT: '',
        GITHUB_SHA: 'x'.repeat(5_000),
      },
    };
    const payload = { repository: { id: 1 }, workflow: '.github/workflows/a.yml' };
    const job = await world.runner.startJob({ environment, payload });
    const [byNode] = readReports(world.mailbox);
    const { mailbox } = world;
    const knocks = await hearKnocks(mailbox, () => undefined);
    onTestFinished(() => knocks.close());
    expect((await job.step(knocking(mailbox, 'started $$'))).output).toBe('told done\n');
    const [byAgent, ...more] = readReports(mailbox);
    expect(more).toEqual([]);
    const { at, tick, spent } = byAgent!;
    expect(byAgent).toEqual({ ...byNode!, at, tick, spent });
    expect(byAgent!.masks).toBe(3);
    expect(at).toBeGreaterThan(byNode!.at);
  });

  it('does it itself where it has to wait for an answer, or the payload is not to be read', async () => {
    const { folder, mailbox, runner, heard } = await start(isRoot ? NOBODY : undefined);
    const bought = { inputs: { runproof_ticket: 'a'.repeat(32) } };
    const job = await runner.startJob({ payload: bought });
    const asked = async (line: string): Promise<string> =>
      (await job.step(knocking(mailbox, line))).output;
    expect(await asked('started $$')).toBe('told ask\n');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '666', pipe]);
    const big = join(folder, 'big.json');
    await writeFile(big, JSON.stringify({ x: 'x'.repeat(2 ** 20) }));
    if (isRoot) await chown(big, NOBODY, NOBODY);
    const others = join(folder, 'others.json');
    await writeFile(others, '{"workflow":"a secret of root’s"}', { mode: 0o644 });
    for (const path of [pipe, big, ...(isRoot ? [others] : []), join(folder, 'gone'), 'relative'])
      expect(
        (
          await job.step(
            `GITHUB_EVENT_PATH='${path}' bash -c '${knocking(mailbox, 'started $$').replaceAll("'", `'\\''`)}'`
          )
        ).output
      ).toBe('told ask\n');
    expect(heard).toEqual([]);
    // Of the end the payload tells nothing.
    expect(await asked('completed $$')).toBe('told done\n');
    expect(heard).toHaveLength(1);
  });

  it('R1: gets nothing looked at, or written, that its user could not', async () => {
    if (!isRoot) return;
    const { folder, mailbox, runner, heard } = await start(NOBODY);
    const job = await runner.startJob();
    const asked = async (line: string): Promise<string> =>
      (await job.step(knocking(mailbox, line))).output;
    // Processes of others, one of which would pass for a hook of theirs; none.
    const root = spawn('sleep', ['60'], { env: { RUNNER_TRACKING_ID: 'x' } });
    onTestFinished(() => void root.kill());
    for (const pid of [root.pid!, 1, 4_194_305, 0])
      expect(await asked(`completed ${pid}`)).toBe('told \n');
    expect(heard).toEqual([]);
    for (const line of ['ended $$', 'completed $$ x', 'completed ../../x', 'x'.repeat(100_000)])
      expect(await asked(line)).toBe('told \n');
    const target = join(folder, 'target');
    await writeFile(target, 'kept');
    await job.step(
      `cd '${mailbox}'; ln -s '${target}' $$.reply; echo "completed $$" > knock.*; sleep 0.3`
    );
    await expect.poll(() => heard.length).toBe(1);
    expect(await readFile(target, 'utf8')).toBe('kept');
    const trap = join(folder, 'trap');
    await mkdir(trap, { mode: 0o700 });
    const real = join(folder, 'real');
    await rename(mailbox, real);
    await symlink(trap, mailbox);
    expect((await job.step(knocking(real, 'completed $$'))).output).toBe('told done\n');
    expect(readdirSync(trap)).toEqual([]);
    expect(readReports(real)).toHaveLength(1);
  });

  it('waits a second at most for an agent that hangs, and not for one that was killed', async () => {
    const world = await startWorld({ isAway: true });
    await mkdir(world.mailbox, { mode: 0o700 });
    const timed = async (): Promise<number> => {
      const start = performance.now();
      const job = await world.runner.startJob();
      expect(job.started!.status).toBe(0);
      expect(job.started!.output).toContain('the agent is away');
      await job.kill();
      return performance.now() - start;
    };
    execFileSync('mkfifo', ['-m', '600', join(world.mailbox, 'knock.4194305')]);
    expect(await timed()).toBeLessThan(1_000);
    const hanging = join(world.mailbox, `knock.${process.pid}`);
    execFileSync('mkfifo', ['-m', '600', hanging]);
    expect(await timed()).toBeGreaterThan(1_000);
    expect(readReports(world.mailbox)).toHaveLength(2);
    expect(readdirSync(world.mailbox).filter((name) => name.endsWith('.reply'))).toEqual([]);
    // The next agent takes away what is left.
    const stop = await world.startAgent();
    expect(existsSync(join(world.mailbox, 'knock.4194305'))).toBe(false);
    await stop();
    expect(existsSync(hanging)).toBe(false);
  });
});
