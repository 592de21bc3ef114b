import type { Command } from 'commander';
import { expect, vi } from 'vitest';
import { createProgram, runProgram } from '../../../scripts/cli/command.ts';

export { type Answer, caller };

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown> & { readonly code?: string; readonly message?: string };
}

/** Calls the command line as a script does, with `--json`: the exit status and the one line printed. */
const caller =
  (adders: readonly ((program: Command) => void)[], world: readonly string[]) =>
  async (...args: string[]): Promise<Answer> => {
    let printed = '';
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const program = createProgram('0');
      for (const add of adders) add(program);
      const status = await runProgram(program, ['--json', ...world, ...args]);
      const lines = printed.trim().split('\n');
      expect(lines).toHaveLength(1);
      return { status, json: JSON.parse(lines[0]!) as Answer['json'] };
    } finally {
      out.mockRestore();
      err.mockRestore();
      process.exitCode = undefined;
    }
  };
