import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CID } from 'multiformats/cid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { equalBytes, toHex, utf8 } from '../../../contracts/formats/bytes.ts';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { tabLog } from '../../../contracts/formats/log.ts';
import { genesisId, notesRef } from '../../../contracts/formats/log-commit.ts';
import { type Note, commitOfNote, encodeNote } from '../../../contracts/formats/note.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import { type AppendRequest, appendNote } from '../../../runner-hooks/log/append.ts';
import { publishTo } from '../../../runner-hooks/log/publish.ts';
import { type GitServer, startGit } from '../../../scripts/network/git.ts';
import { type Parties, SOURCE, parties, signedNote } from '../../fixtures/signed-notes.ts';

const TOKEN = 'a-token-for-tests';
const run = promisify(execFile);
let folder: string;
let server: GitServer;
let repository: string;
let bare: string;
let us: Parties;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-log-'));
  server = await startGit({ root: join(folder, 'root'), token: TOKEN });
  repository = await server.createRepository('log.git');
  bare = join(folder, 'root/log.git');
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  us = parties();
});

const git = async (...args: string[]): Promise<string> =>
  (
    await run('git', ['-C', bare, ...args], {
      env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      encoding: 'utf8',
    })
  ).stdout;

const job = (
  sequence: number,
  { clone = 'clone', ...rest }: { clone?: string } & Partial<AppendRequest<Note>> = {}
): AppendRequest<Note> => ({
  repository,
  token: TOKEN,
  log: tabLog(us.tab),
  folder: join(folder, clone),
  note: ({ previous }) => signedNote(us, sequence, previous),
  ...rest,
});

const headOf = async (): Promise<string> => (await git('rev-parse', notesRef(us.tab))).trim();

describe('the log of a tab', () => {
  it('begins at the genesis and holds one commit a note, with the ids that the formats say', async () => {
    const first = await appendNote(job(1));
    const second = await appendNote(job(2));
    expect(first).toMatchObject({ previous: null, parent: genesisId(us.tab), isNew: true });
    expect(second.parent).toBe(first.commit);
    expect(String(second.previous)).toBe(String(rawCidOfBlock(first.bytes)));
    const note = signedNote(us, 2, first.note);
    expect(second.commit).toBe(commitOfNote(note, first.commit).id);
    expect(equalBytes(second.bytes, encodeNote(note))).toBe(true);
    expect((await git('rev-list', notesRef(us.tab))).trim().split('\n')).toEqual([
      second.commit,
      first.commit,
      genesisId(us.tab),
    ]);
  });

  it('reads well with git itself: log, notes show without the source commit, a strict fsck', async () => {
    await appendNote(job(1));
    const { bytes, note } = await appendNote(job(2));
    expect(await git('log', '--format=%an %ae %s', '-1', notesRef(us.tab))).toMatch(
      /^Runproof log@runproof receipt f01551220[0-9a-f]{64}\n$/
    );
    const shown = await git('notes', `--ref=runproof/${us.tab}`, 'show', SOURCE);
    expect(shown).toBe(utf8.decode(bytes));
    expect(String(rawCidOfBlock(utf8.encode(shown)))).toBe(String(note));
    await expect(git('cat-file', '-e', SOURCE)).rejects.toThrow();
    const { stderr } = await run('git', ['-C', bare, 'fsck', '--strict', '--full']);
    expect(stderr).not.toMatch(/error|warning|missing|broken/);
  });

  it('takes a receipt once, from the same clone, from a new one, and with later ones on top', async () => {
    const first = await appendNote(job(1));
    await appendNote(job(2));
    const before = await headOf();
    for (const clone of ['clone', 'a-new-clone']) {
      const again = await appendNote(job(1, { clone }));
      expect(again).toMatchObject({ commit: first.commit, parent: first.parent, isNew: false });
      expect(toHex(again.bytes)).toBe(toHex(first.bytes));
      expect(again.previous).toBeNull();
    }
    expect(await headOf()).toBe(before);
  });

  it('serves the daemon, and composes nothing for a receipt that is there', async () => {
    const log = publishTo({ repository, token: TOKEN, folder: join(folder, 'clone') });
    const receipt = sha256(encodeReceipt(signedNote(us, 1, null).receipt));
    const build = (previous: CID | null): Note => signedNote(us, 1, previous);
    const first = await log.append({ tab: us.tab, receipt, build }, {});
    expect(first).toMatchObject({ note: signedNote(us, 1, null), parent: genesisId(us.tab) });
    const unused = (): Note => expect.unreachable();
    expect(await log.append({ tab: us.tab, receipt, build: unused }, {})).toEqual(first);
  });

  it('R3: goes on after a kill between the push and the note of it in the clone', async () => {
    const first = await appendNote(job(1));
    await appendNote(job(2, { clone: 'elsewhere' }));
    // Our own clone has not seen job 2, as if it had been killed before it could write that down.
    const again = await appendNote(job(2));
    expect(again.isNew).toBe(false);
    expect(again.parent).toBe(first.commit);
  });

  it('G1: composes again on top of a writer that came first; nothing is lost, nothing forced', async () => {
    let calls = 0;
    const late = await appendNote(
      job(1, {
        note: async ({ previous }) => {
          // Another writer appends while we sign.
          if (calls++ === 0) await appendNote(job(2, { clone: 'rival' }));
          return signedNote(us, 1, previous);
        },
      })
    );
    expect(calls).toBe(2);
    const rival = commitOfNote(signedNote(us, 2, null), genesisId(us.tab)).id;
    expect(late.parent).toBe(rival);
    expect((await git('rev-list', notesRef(us.tab))).trim().split('\n')).toEqual([
      late.commit,
      rival,
      genesisId(us.tab),
    ]);
  });

  it('G1: keeps every note of writers side by side, in one process and in several clones', async () => {
    const sequences = [1, 2, 3, 4, 5, 6];
    const all = await Promise.all(
      sequences.map((sequence) =>
        appendNote(job(sequence, { clone: sequence % 2 ? 'odd' : 'even' }), { attempts: 40 })
      )
    );
    expect(new Set(all.map(({ parent }) => parent)).size).toBe(6);
    expect((await git('rev-list', '--count', notesRef(us.tab))).trim()).toBe('7');
  });

  it('G1: gives up after a bounded number of attempts', async () => {
    let rivals = 100;
    const attempt = appendNote(
      job(1, {
        note: async ({ previous }) => {
          await appendNote(job((rivals += 1), { clone: 'rival' }));
          return signedNote(us, 1, previous);
        },
      }),
      { attempts: 2 }
    );
    await expect(attempt).rejects.toMatchObject({ code: 'CONTENDED' });
    expect(rivals).toBe(102);
  });

  it('G4: writes nothing on top of a log that was cut, replaced or removed on the host', async () => {
    const first = await appendNote(job(1));
    const second = await appendNote(job(2));
    const third = (): Promise<unknown> => appendNote(job(3));
    await git('update-ref', notesRef(us.tab), first.commit);
    await expect(third()).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
    await git('update-ref', '-d', notesRef(us.tab));
    await expect(third()).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
    await appendNote(job(9, { clone: 'forger' }));
    await expect(third()).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
    await git('update-ref', notesRef(us.tab), second.commit);
    await expect(third()).resolves.toMatchObject({ parent: second.commit });
  });

  it('G2: refuses a ref that holds something else, such as notes of the git command line', async () => {
    const tree = (await git('hash-object', '-t', 'tree', '-w', '/dev/null')).trim();
    const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    const commit = (await git(...identity, 'commit-tree', '-m', 'mine', tree)).trim();
    await git('update-ref', notesRef(us.tab), commit);
    await expect(appendNote(job(1))).rejects.toMatchObject({ code: 'LOG_FOREIGN' });
  });

  it('G3: refuses a pack with an object that inflates beyond any note', async () => {
    const file = join(folder, 'bomb');
    await writeFile(file, Buffer.alloc(4 * 1024 * 1024));
    const blob = (await git('hash-object', '-w', file)).trim();
    await writeFile(join(folder, 'tree'), `100644 blob ${blob}\t${SOURCE}\n`);
    const tree = (
      await run('sh', ['-c', `git -C '${bare}' mktree < '${join(folder, 'tree')}'`])
    ).stdout.trim();
    const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    const commit = (await git(...identity, 'commit-tree', '-m', 'bomb', tree)).trim();
    await git('update-ref', notesRef(us.tab), commit);
    await expect(appendNote(job(1))).rejects.toMatchObject({ code: 'LOG_FOREIGN' });
  });

  it('refuses a note for another tab or another place, and passes on what the composer throws', async () => {
    const misplaced = rawCidOfBlock(utf8.encode('elsewhere'));
    await expect(
      appendNote(job(1, { note: () => signedNote(us, 1, misplaced) }))
    ).rejects.toMatchObject({ code: 'MISPLACED' });
    await expect(
      appendNote(job(1, { note: () => signedNote(parties(), 1, null) }))
    ).rejects.toMatchObject({ code: 'MISPLACED' });
    const broken = new TypeError('mine');
    await expect(appendNote(job(1, { note: () => Promise.reject(broken) }))).rejects.toBe(broken);
  });

  it('tells a wrong token, a missing host, a full disk and a caller who stops apart', async () => {
    await expect(appendNote(job(1, { token: 'wrong' }))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
    await expect(
      appendNote(job(1, { repository: 'http://127.0.0.1:9/log.git' }))
    ).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await writeFile(join(folder, 'a-file'), '');
    await expect(appendNote(job(1, { clone: 'a-file/clone' }))).rejects.toMatchObject({
      code: 'STORAGE',
    });
    await expect(appendNote(job(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await appendNote(job(1));
  });

  it('does not wait for a host that never answers', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    try {
      const { port } = silent.address() as AddressInfo;
      await expect(
        appendNote(job(1, { repository: `http://127.0.0.1:${port}/log.git` }), {
          milliseconds: 300,
        })
      ).rejects.toMatchObject({ code: 'UNREACHABLE' });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('passes on the refusal of a host that takes no push to this ref', async () => {
    const url = await server.createRepository('sealed.git');
    const sealed = join(folder, 'root/sealed.git');
    await appendNote(job(1, { repository: url, clone: 'sealed' }));
    // A lock left behind: every update of the ref fails, and nobody else has moved it.
    await mkdir(join(sealed, 'refs/notes/runproof'), { recursive: true });
    await writeFile(join(sealed, `${notesRef(us.tab)}.lock`), '');
    await expect(appendNote(job(2, { repository: url, clone: 'sealed' }))).rejects.toMatchObject({
      code: 'REJECTED',
    });
  });
});
