import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Output } from '../../../scripts/cli/output.ts';

/** What an output writes, and what goes to standard error. */
function capture(isJson: boolean) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const output = new Output(isJson, out, err as unknown as NodeJS.WriteStream);
  const read = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { output, printed: () => read(out), told: () => read(err) };
}

it('R6: a stranger’s escape sequences and turned text reach no terminal', () => {
  const hostile = 'name\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egpj.exe\r';
  const { output, printed, told } = capture(false);
  output.result({}, [['name', hostile]]);
  output.line(hostile);
  output.progress(hostile);
  for (const text of [printed(), told()]) {
    expect(text).toContain('name');
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  }
});

it('JSON has amounts as decimal text, one line, and nothing beside it', () => {
  const { output, printed, told } = capture(true);
  output.line('for people');
  output.result({ ok: true, amount: 2n ** 63n, name: 'a\nb' }, []);
  expect(printed()).toBe('{"ok":true,"amount":"9223372036854775808","name":"a\\nb"}\n');
  expect(told()).toBe('');
});
