import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectOutputs } from '../../../runner-hooks/driver/outputs.ts';
import { temporaryFolder } from '../room.ts';

const LIMITS = { bytes: 10_000, entries: 50, depth: 5 };

async function collect(script: string, declared: string[], limits = LIMITS) {
  const folder = await temporaryFolder();
  const [work, target] = [join(folder, 'work'), join(folder, 'target')];
  await mkdir(work);
  await mkdir(target);
  execFileSync('bash', ['-c', script], { cwd: work });
  const collected = await collectOutputs(work, declared, target, limits);
  const found = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P%y\n'], {
    cwd: target,
    encoding: 'utf8',
  });
  return { ...collected, target, found: found.split('\n').filter(Boolean).sort() };
}

describe('outputs', () => {
  it('are the declared files and folders, each once, with plain modes', async () => {
    const { found, target, omitted, files, bytes } = await collect(
      'mkdir -p out/a; echo one > out/a/1; echo two > out/2; echo three > 3; echo no > 4; chmod 4755 out/2',
      ['out', '3', 'out/a', '3', 'missing']
    );
    expect(found).toEqual(['3f', 'out/2f', 'out/a/1f', 'out/ad', 'outd']);
    expect({ files, bytes, omitted }).toEqual({
      files: 3,
      bytes: 14,
      omitted: [{ path: 'missing', reason: 'missing' }],
    });
    expect(await readFile(join(target, 'out/a/1'), 'utf8')).toBe('one\n');
    expect((await stat(join(target, 'out/2'))).mode & 0o7777).toBe(0o644);
  });

  it('I3: leave out links, pipes, sockets and what lies behind a link', async () => {
    const { found, omitted } = await collect(
      `mkdir out; echo x > out/x; ln -s /etc/passwd out/passwd; ln -s / out/root; mkfifo out/pipe
       ln -s /etc etc; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "out/s", Listen => 1)'`,
      ['out', 'etc/passwd']
    );
    expect(found).toEqual(['out/xf', 'outd']);
    expect(omitted.map(({ path }) => path).sort()).toEqual([
      'etc/passwd',
      'out/passwd',
      'out/pipe',
      'out/root',
      'out/s',
    ]);
  });

  it('I3: leave out names that a directory may not hold', async () => {
    const { found, omitted } = await collect(
      String.raw`mkdir out; cd out; echo > 'fine [id] é.txt'; echo > $'a\nb'; echo > $'\xff\xfe'; echo > $'\e[2J'
       echo > 'back\slash'; echo > $'gpj\u202eexe'`,
      ['out']
    );
    expect(found).toEqual(['out/fine [id] é.txtf', 'outd']);
    expect(omitted).toHaveLength(5);
    for (const { path } of omitted) expect(path).not.toMatch(/\p{Cc}/u);
  });

  it('stop at their limits of bytes, entries and depth', async () => {
    const big = await collect('mkdir o; head -c 9000 /dev/zero > o/a; cp o/a o/b', ['o']);
    expect(big).toMatchObject({ exceeded: true, bytes: 9000, files: 1 });
    const hole = await collect('truncate -s 1T hole', ['hole']);
    expect(hole).toMatchObject({ exceeded: true, bytes: 0 });
    expect((await collect('mkdir o; touch o/{1..60}', ['o'])).exceeded).toBe(true);
    expect((await collect('mkdir -p o/1/2/3/4/5/6', ['o'])).exceeded).toBe(true);
    expect((await collect('mkdir -p o/1/2; touch o/{1..40}', ['o'])).exceeded).toBe(false);
  });
});
