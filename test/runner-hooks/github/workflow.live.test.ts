import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { workflowDigest } from '../../../runner-hooks/github/workflow.ts';
import { createRepository, temporaryFolder } from '../room.ts';

const PATH = '.github/workflows/build.yml';
const TEXT = 'on: push\n';
const DIGEST = createHash('sha256').update(TEXT).digest('hex');

async function checkout() {
  const folder = join(await temporaryFolder(), 'checkout');
  await mkdir(folder);
  const files = { [PATH]: TEXT, 'README.md': 'hello\n', '.github/workflows/other.yml': 'x\n' };
  return { folder, ...createRepository(folder, files) };
}

const objectPath = (folder: string, id: string): string =>
  join(folder, '.git/objects', id.slice(0, 2), id.slice(2));

describe('the digest of a workflow file', () => {
  it('is of the file as it was at the commit, packed or loose, whatever the job has made of it', async () => {
    const { folder, commit, git } = await checkout();
    await writeFile(join(folder, PATH), 'changed\n');
    expect(await workflowDigest(folder, { commit, path: PATH })).toBe(DIGEST);
    git('gc', '-q', '--aggressive', '--prune=now');
    expect(await workflowDigest(folder, { commit, path: PATH })).toBe(DIGEST);
  });

  it.runIf(process.getuid?.() === 0)(
    'is read by whoever the checkout belongs to, and not by root',
    async () => {
      const { folder, commit } = await checkout();
      const digest = () => workflowDigest(folder, { commit, path: PATH });
      execFileSync('chown', ['-R', '60123:60123', folder]);
      // Its parents are open to root alone.
      expect(await digest()).toBeUndefined();
      await chmod(join(folder, '..'), 0o711);
      expect(await digest()).toBe(DIGEST);
    }
  );

  it('is none of what is not there, is no file, or is no checkout', async () => {
    const { folder, commit } = await checkout();
    const digest = (path: string, at = commit) => workflowDigest(folder, { commit: at, path });
    expect(await digest('.github/workflows')).toBeUndefined();
    expect(await digest('.github/workflows/none.yml')).toBeUndefined();
    expect(await digest('README.md/x')).toBeUndefined();
    expect(await digest(PATH, '0'.repeat(40))).toBeUndefined();
    expect(await digest(PATH, '--help')).toBeUndefined();
    expect(await workflowDigest('/nonexistent', { commit, path: PATH })).toBeUndefined();
  });

  it('G2: is none where the job has put another file in the place of an object', async () => {
    const { folder, commit, git } = await checkout();
    const blob = git('rev-parse', `${commit}:${PATH}`);
    const other = git('rev-parse', `${commit}:.github/workflows/other.yml`);
    const path = objectPath(folder, blob);
    await writeFile(`${path}.new`, await readFile(objectPath(folder, other)));
    await rename(`${path}.new`, path);
    expect(await workflowDigest(folder, { commit, path: PATH })).toBeUndefined();
    // The same with the right length and a header that is not a blob's.
    await rm(path);
    await writeFile(path, deflateSync(`blob ${TEXT.length}\0${'x'.repeat(TEXT.length)}`));
    expect(await workflowDigest(folder, { commit, path: PATH })).toBeUndefined();
  });

  it('G2: starts nothing that the checkout’s configuration names', async () => {
    const { folder, commit, git } = await checkout();
    const marker = join(folder, 'started');
    const command = `touch ${marker}`;
    git('config', 'core.fsmonitor', command);
    git('config', 'core.pager', command);
    git('config', 'core.sshCommand', command);
    git('config', 'core.alternateRefsCommand', command);
    git('config', 'core.repositoryformatversion', '1');
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.url', `ext::sh -c ${command.replaceAll(' ', '% ')}`);
    git('config', 'remote.origin.promisor', 'true');
    git('config', 'protocol.ext.allow', 'always');
    git('config', 'filter.x.smudge', command);
    await writeFile(join(folder, '.git/info/attributes'), '* filter=x diff=x\n');
    expect(await workflowDigest(folder, { commit, path: PATH })).toBe(DIGEST);
    // An object that only a promisor has.
    expect(await workflowDigest(folder, { commit: 'ab'.repeat(20), path: PATH })).toBeUndefined();
    expect(existsSync(marker)).toBe(false);
  });
});
