import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { encodeRunNote } from '../../../contracts/formats/run-note.ts';
import { begin } from '../../../runner-hooks/record/begin.ts';
import { publishPending } from '../../../runner-hooks/record/publication.ts';
import { filesBelow } from '../../../runner-hooks/result/tree.ts';
import { ORIGIN, startAgent } from './agent.ts';
import { temporaryFolder } from '../room.ts';

const SECRET = 'hunter2 & co: "pässwörd"';
const WORD = 's3cr3tw0rdlongenough';
const MASKS = [SECRET, WORD];

/** Every form in which somebody might find one, whatever stands around it. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const core = (shift: number, alphabet: 'base64' | 'base64url'): string => {
    const text = Buffer.concat([Buffer.alloc(shift, 'x'), bytes]).toString(alphabet);
    return text.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + bytes.length)) / 6));
  };
  return [
    secret,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replace(/%../g, (digits) => digits.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...[0, 1, 2].flatMap((shift) => [core(shift, 'base64'), core(shift, 'base64url')]),
  ];
}

const FORMS = MASKS.flatMap(formsOf);
/** Each form in a context of its own. */
const PLANTED = FORMS.map((form, i) => `line ${i}: <${form}>`).join('\n');

const found = (haystack: Uint8Array): string[] =>
  FORMS.filter((form) => Buffer.from(haystack).includes(form));

async function publishedBytes(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await filesBelow(folder)) files.set(name, await readFile(join(folder, name)));
  return files;
}

describe('what is published of a run', () => {
  it('K1: holds no masked value in any form: log, outputs, profile, statement, note, origin, spool', async () => {
    const agent = await startAgent();
    const inside = join(agent.folder, 'inside');
    await mkdir(join(inside, 'out', WORD), { recursive: true });
    const log = join(inside, 'job.log');
    await writeFile(log, `${PLANTED}\n`);
    await writeFile(join(inside, 'out', 'clean.txt'), 'nothing to see');
    await writeFile(join(inside, 'out', 'config.txt'), PLANTED);
    await writeFile(join(inside, 'out', WORD, 'a.txt'), 'its path tells');
    // A program that is called by a secret: the profile's frames are names of processes and files.
    const program = join(inside, WORD);
    await copyFile('/bin/bash', program);
    await (await import('node:fs/promises')).chmod(program, 0o755);

    const run = await begin(
      agent.spool,
      {
        ...ORIGIN,
        actor: `x ${SECRET}`,
        ref: `refs/heads/${WORD}`,
        job: { id: null, name: Buffer.from(WORD).toString('base64') },
        workflow: { ...ORIGIN.workflow, path: `a/${WORD}/b.yml` },
        event: WORD,
        repository: `o/${WORD}`,
      },
      { publishLog: true, readable: [inside] }
    );
    const script = sha256(utf8.encode('x'));
    await run.phase('build', script, async ({ meter }) => {
      const [command, ...args] = [
        ...meter,
        ...[program, '-c', 'for ((i = 0; i < 300000; i++)); do :; done'],
      ];
      const child = spawn(command!, args, { stdio: 'ignore' });
      return ((await once(child, 'exit')) as [number])[0];
    });
    await run.end({ exitStatus: 0, log, outputs: join(inside, 'out'), masks: MASKS });
    const folder = join(agent.spool, 'runs', run.id, 'result');
    const files = await publishedBytes(folder);
    expect([...files.keys()]).toEqual([
      'log.txt',
      'outputs/clean.txt',
      'perf/counters.json',
      'perf/profile.speedscope.json',
      'statement.json',
    ]);
    expect(Buffer.from(files.get('perf/profile.speedscope.json')!).toString()).toContain(
      '[secret]'
    );
    expect(Buffer.from(files.get('log.txt')!).toString()).toContain('line 0: <[secret]');
    for (const [name, bytes] of files) expect([name, found(bytes)]).toEqual([name, []]);
    // What was written down of the end: the begin's own record stays on the machine and goes with it.
    const journal = await readFile(join(agent.spool, 'runs', run.id, 'journal.jsonl'));
    expect(found(journal)).toEqual([]);

    await publishPending(agent.context);
    const [entry] = await agent.log();
    expect(found(encodeRunNote(entry!.note))).toEqual([]);
    expect(entry!.note.origin).toMatchObject({
      actor: 'x [secret]',
      ref: 'refs/heads/[secret]',
      repository: 'o/[secret]',
      workflow: { path: 'a/[secret]/b.yml' },
    });
    for (const name of await filesBelow(join(agent.folder, 'node')))
      expect([name, found(await readFile(join(agent.folder, 'node', name)))]).toEqual([name, []]);
  });

  it('K1: has no log unless that was asked for, and nothing of the job where masks are too many', async () => {
    const spool = await temporaryFolder();
    const inside = await temporaryFolder();
    await writeFile(join(inside, 'job.log'), 'hello\n');
    const ended = async (publishLog: boolean, masks: readonly string[]): Promise<string[]> => {
      const run = await begin(spool, ORIGIN, { publishLog });
      await run.end({ exitStatus: 0, log: join(inside, 'job.log'), outputs: inside, masks });
      return readdir(join(spool, 'runs', run.id, 'result'), { recursive: true });
    };
    expect(await ended(false, [])).not.toContain('log.txt');
    expect(await ended(true, [])).toEqual(expect.arrayContaining(['log.txt', 'outputs/job.log']));
    const many = Array.from({ length: 2_000 }, (_, i) => `a secret of its own, number ${i}`);
    const withheld = await ended(true, many);
    expect(withheld).not.toContain('log.txt');
    expect(withheld).not.toContain('outputs/job.log');
  });
});
