import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTokenFile } from '../../../scripts/cli/token-file.ts';
import { forgesOf } from '../../../scripts/provider/forges.ts';

const folder = mkdtempSync(join(tmpdir(), 'runproof-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string, mode = 0o600): string {
  const path = join(folder, `${(files += 1)}`);
  writeFileSync(path, content, { mode });
  return path;
}

describe('a file with a token', () => {
  it.each(['ghp_abc', 'ghp_abc\n', '  ghp_abc\r\n'])('holds it alone: %j', (content) => {
    expect(readTokenFile(file(content))).toBe('ghp_abc');
  });

  it.each([
    ['is empty', file('\n')],
    ['holds two', file('ghp_secret\nghp_other\n')],
    ['holds what no header can carry', file('ghp_secret\u00e9')],
    ['is something else', file('ghp_secret'.repeat(500))],
    ['others can read', file('ghp_secret', 0o640)],
    ['is not there', join(folder, 'none')],
  ])('is refused where it %s, and its content is not said', (_, path) => {
    const refused = expect.objectContaining({
      code: 'KEY_FILE',
      message: expect.not.stringContaining('ghp_') as string,
    }) as unknown;
    expect(() => readTokenFile(path)).toThrow(refused);
  });

  it('is read anew for each job that a forge is asked for', async () => {
    const path = file('ghp_abc', 0o644);
    const [forge] = forgesOf(
      {
        forges: [{ forge: 'github', host: 'git.example', token: { file: path }, spool: folder }],
      },
      () => Promise.reject(new Error('nothing is in the vault'))
    );
    const job = { workflow: 'ci.yml', ref: 'refs/heads/main', outputs: [] };
    const limits = { seconds: 1, memoryBytes: 2 ** 30, processes: 1, outputBytes: 0, logBytes: 0 };
    const source = { repository: 'https://other.example/a/b.git', commit: 'ab'.repeat(20) };
    const ask = () =>
      forge!.run(
        {
          ...{ id: 'ab'.repeat(32), driver: 'github', source, job, parameters: {} },
          limits: { ...limits, network: false },
        },
        { folder }
      );
    await expect(ask()).rejects.toMatchObject({ code: 'KEY_FILE' });
    rmSync(path);
    writeFileSync(path, 'ghp_def', { mode: 0o600 });
    // The token is right; the job is another host's.
    await expect(ask()).rejects.toMatchObject({ code: 'input' });
  });
});
