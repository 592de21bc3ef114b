import { execFile } from 'node:child_process';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobOf, ProofJob } from '../../../oracle/prove/job.ts';
import { type Prover, spawnProver } from '../../../oracle/prove/prover.ts';
import { parties } from '../../fixtures/signed-notes.ts';

const entry = new URL('./talking-child.ts', import.meta.url);
const { terms } = parties();
const run = promisify(execFile);
let prover: Prover;

beforeEach(() => {
  prover = spawnProver({ entry });
});
afterEach(() => prover.stop());

const refund = (amount: bigint): JobOf<'refund'> => ({
  kind: 'refund',
  node: 'http://127.0.0.1:8080/graphql',
  networkId: 'mina:testnet',
  feePayer: { publicKey: terms.payee, fee: 100_000_000n, nonce: 7 },
  terms: new Uint8Array(253).fill(1),
  amount,
});
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the prover', () => {
  it('works in a process of its own, at low priority, and keeps it for the next job', async () => {
    const said: string[] = [];
    const first = await prover.prove(refund(10n), { onProgress: ({ what }) => said.push(what) });
    const { pid, amount } = JSON.parse(first.command) as { pid: number; amount: string };
    expect(amount).toBe('10');
    expect(first.seconds).toBeGreaterThanOrEqual(0);
    expect(said).toEqual(['refunding with 253 bytes of terms']);
    expect(pid).not.toBe(process.pid);
    expect(getPriority(pid)).toBe(10);
    expect(JSON.parse((await prover.prove(refund(11n))).command)).toEqual({ amount: '11', pid });
  });

  it('takes one job at a time, in order', async () => {
    const order: string[] = [];
    await Promise.all(
      [refund(1150n), refund(1000n)].map(async (job) => {
        const { command } = await prover.prove(job, {
          onProgress: () => order.push(`begin ${job.amount}`),
        });
        order.push(`end ${(JSON.parse(command) as { amount: string }).amount}`);
      })
    );
    expect(order).toEqual(['begin 1150', 'end 1150', 'begin 1000', 'end 1000']);
  });

  it('says why a job failed, and goes on with the next in the same process', async () => {
    const { pid } = JSON.parse((await prover.prove(refund(10n))).command) as { pid: number };
    const failed = prover.prove(refund(1n));
    await expect(failed).rejects.toMatchObject({ code: 'PROVER_FAILED' });
    await expect(failed).rejects.toThrow(/one nanomina is too little/);
    expect(JSON.parse((await prover.prove(refund(10n))).command)).toMatchObject({ pid });
  });

  it('R3: tells of a prover that died, with its last words, and starts another', async () => {
    await expect(prover.prove(refund(2n))).rejects.toMatchObject({ code: 'PROVER_DIED' });
    const died = prover.prove(refund(5n));
    await expect(died).rejects.toMatchObject({ code: 'PROVER_DIED' });
    await expect(died).rejects.toThrow(/ended with 9.*out of memory/s);
    expect((await prover.prove(refund(10n))).command).toContain('10');
  });

  it('is killed when its caller stops, during a job or before one', async () => {
    const controller = new AbortController();
    let pid = 0;
    const endless = prover.prove(refund(3n), {
      signal: controller.signal,
      onProgress: () => {
        pid = prover.pid!;
        controller.abort();
      },
    });
    await expect(endless).rejects.toMatchObject({ code: 'ABORTED' });
    expect(isAlive(pid)).toBe(false);
    await expect(prover.prove(refund(10n), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect((await prover.prove(refund(10n))).command).toContain('10');
  });

  it('lets the job under way be when one that waits for its turn is stopped', async () => {
    const controller = new AbortController();
    const first = prover.prove(refund(1300n), { onProgress: () => controller.abort() });
    const second = prover.prove(refund(10n), { signal: controller.signal });
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await first).command).toContain('1300');
  });

  it('is gone after stop, and a job under way is told', async () => {
    let begin = (): void => undefined;
    const began = new Promise<void>((resolve) => (begin = resolve));
    const endless = prover.prove(refund(3n), { onProgress: () => begin() });
    const told = expect(endless).rejects.toMatchObject({ code: 'ABORTED' });
    await began;
    const { pid } = prover;
    await prover.stop();
    await told;
    expect(isAlive(pid!)).toBe(false);
    expect(prover.pid).toBeUndefined();
  });

  it('refuses messages of no known shape, in both directions', async () => {
    for (const wrong of [
      { ...refund(1n), amount: 1 },
      { ...refund(1n), amount: 1n << 64n },
      { ...refund(1n), terms: new Uint8Array(100_000) },
      { ...refund(1n), kind: 'mint' },
      { ...refund(1n), privateKey: 'EK…' },
    ])
      expect(() => prover.prove(wrong as unknown as ProofJob)).toThrow(
        expect.objectContaining({ code: 'PROVER_PROTOCOL' }) as Error
      );
    await expect(prover.prove(refund(4n))).rejects.toMatchObject({ code: 'PROVER_PROTOCOL' });
    expect((await prover.prove(refund(10n))).command).toContain('10');
  });

  it('refuses an answer to another kind of job', async () => {
    const notes = [new Uint8Array(9)];
    const log: JobOf<'log'> = { kind: 'log', terms: refund(1n).terms, notes };
    await expect(prover.prove(log)).rejects.toMatchObject({ code: 'PROVER_PROTOCOL' });
  });

  it('refuses a kind of job that the child has no circuit for', async () => {
    const { node, networkId, feePayer } = refund(1n);
    const pause: ProofJob = {
      kind: 'pause',
      node,
      networkId,
      feePayer,
      service: terms.service,
      owner: terms.payee,
      paused: true,
    };
    await expect(prover.prove(pause)).rejects.toMatchObject({
      code: 'PROVER_FAILED',
    });
  });

  it('K1: leaves the environment’s secrets with the parent', async () => {
    process.env.RUNPROOF_TEST_SECRET = 'planted';
    try {
      const { command } = await prover.prove(refund(6n));
      expect(command).toContain('PATH');
      expect(command).not.toContain('planted');
    } finally {
      delete process.env.RUNPROOF_TEST_SECRET;
    }
  });

  it('keeps no process alive while it waits', async () => {
    const { stdout } = await parent(`
      process.stdout.write((await prover.prove({ ...job, amount: 10n })).command);
    `);
    const { pid } = JSON.parse(stdout) as { pid: number };
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it('is waited for by a process that has nothing else to do when it stops it', async () => {
    const { stdout } = await parent(`
      await prover.prove({ ...job, amount: 10n });
      await prover.stop();
      process.stdout.write('stopped');
    `);
    expect(stdout).toBe('stopped');
  });

  it('R3: dies with its parent in the middle of a job', async () => {
    const killed = parent(`
      await prover.prove({ ...job, amount: 3n }, { onProgress: () => {
        process.stdout.write(String(prover.pid), () => process.kill(process.pid, 'SIGKILL'));
      } });
    `);
    const { stdout } = await killed.then(
      () => expect.unreachable(),
      (error: unknown) => error as { stdout: string }
    );
    expect(stdout).toMatch(/^[0-9]+$/);
    await expect.poll(() => isAlive(Number(stdout)), { timeout: 5000 }).toBe(false);
  });
});

/** Runs `body` in a process of its own that has a `prover` and a `job`. */
const parent = (body: string): Promise<{ stdout: string }> => {
  const here = import.meta.dirname;
  const script = `
    import { spawnProver } from '${join(here, '../../../oracle/prove/prover.ts')}';
    const prover = spawnProver({ entry: new URL('file://${join(here, 'talking-child.ts')}') });
    const job = { kind: 'refund', node: 'http://127.0.0.1:1', networkId: 'x',
      terms: new Uint8Array(1),
      feePayer: { publicKey: '${terms.payee}', fee: 1n, nonce: 0 } };
    ${body}
  `;
  return run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: join(here, '../../..'),
    timeout: 30_000,
  });
};
