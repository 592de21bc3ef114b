import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import type { CID } from 'multiformats/cid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, utf8 } from '../../../contracts/formats/bytes.ts';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import {
  encodeGenesis,
  encodeLogCommit,
  genesisId,
  notesRef,
  objectId,
} from '../../../contracts/formats/log-commit.ts';
import {
  type Note,
  blobOf,
  commitOfNote,
  encodeNote,
  noteTree,
} from '../../../contracts/formats/note.ts';
import { tabLog } from '../../../contracts/formats/log.ts';
import { IpfsError } from '../../../ipfs/error.ts';
import type { BlockSource } from '../../../ipfs/source.ts';
import { readLogFromBlocks } from '../../../oracle/read/from-blocks.ts';
import { readLog } from '../../../oracle/read/from-git.ts';
import { appendNote } from '../../../runner-hooks/log/append.ts';
import { type GitServer, startGit } from '../../../scripts/network/git.ts';
import { type Parties, SOURCE, parties, signedNote } from '../../fixtures/signed-notes.ts';

const run = promisify(execFile);
let folder: string;
let server: GitServer;
let repository: string;
let bare: string;
let us: Parties;
let notes: readonly Note[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-read-'));
  server = await startGit({ root: join(folder, 'root'), token: 'token' });
  repository = await server.createRepository('log.git');
  bare = join(folder, 'root/log.git');
  us = parties();
  notes = chain(us, 3);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const refs = await git('for-each-ref', '--format=delete %(refname)');
  await gitIn(`${refs}\n`.trimStart(), 'update-ref', '--stdin');
});

const git = async (...args: string[]): Promise<string> =>
  (await run('git', ['-C', bare, ...args])).stdout.trim();

/** git with something on its standard input. */
const gitIn = (input: string | Uint8Array, ...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', bare, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.on('close', (status) =>
      status === 0 ? resolve(out.trim()) : reject(new Error(args[0]))
    );
    child.stdin.end(input);
  });

/** A loose object, put there as git would, though without git's own checks of what is in it. */
async function write(object: Uint8Array): Promise<string> {
  const id = objectId(object);
  await mkdir(join(bare, 'objects', id.slice(0, 2)), { recursive: true });
  await writeFile(join(bare, 'objects', id.slice(0, 2), id.slice(2)), deflateSync(object));
  return id;
}

const point = (id: string, tab = us.tab): Promise<string> => git('update-ref', notesRef(tab), id);

function chain(who: Parties, length: number): readonly Note[] {
  const line: Note[] = [];
  for (let i = 1; i <= length; i++) {
    const before = line.at(-1);
    line.push(signedNote(who, i, before === undefined ? null : cidOf(before)));
  }
  return line;
}
const cidOf = (note: Note): CID => rawCidOfBlock(encodeNote(note));

/** Puts notes on the host without the runner's code: objects as the formats say. */
async function publish(line: readonly Note[], who = us): Promise<readonly string[]> {
  await write(utf8.encode('tree 0\0'));
  const ids = [await write(encodeGenesis(who.tab))];
  for (const note of line) {
    const bytes = encodeNote(note);
    await write(blobOf(bytes));
    await write(noteTree(note.source, bytes));
    ids.push(await write(encodeLogCommit(commitOfNote(note, ids.at(-1)!).commit)));
  }
  await point(ids.at(-1)!, who.tab);
  return ids;
}

const read = (from?: string): ReturnType<typeof readLog> =>
  readLog({ repository, tab: us.tab, ...(from !== undefined && { from }) });

const blocksOf = (line: readonly Note[]): BlockSource => {
  const blocks = new Map(line.map((note) => [String(cidOf(note)), encodeNote(note)]));
  return {
    get: async (cid) => {
      const found = blocks.get(String(cid));
      if (found === undefined) throw new IpfsError('not-found', `no ${String(cid)}`);
      return found;
    },
  };
};

describe('a log read from git', () => {
  it('gives the notes that were appended, oldest first, and only those after the settled head', async () => {
    const ids = await publish(notes);
    const entries = await read();
    expect(entries.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(entries.map(({ note }) => note)).toEqual(notes);
    expect((await read(ids[1])).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(await read(ids[3])).toEqual([]);
  });

  it('reads what the runner wrote, and IPFS blocks give the very same entries', async () => {
    for (const sequence of [1, 2])
      await appendNote({
        repository,
        token: 'token',
        log: tabLog(us.tab),
        folder: join(folder, 'clone'),
        note: ({ previous }) => signedNote(us, sequence, previous),
      });
    const entries = await read();
    expect(entries).toHaveLength(2);
    const blocks = blocksOf(entries.map(({ note }) => note));
    const last = cidOf(entries[1]!.note);
    expect(await readLogFromBlocks({ blocks, tab: us.tab, last })).toEqual(entries);
    const from = entries[0]!.id;
    expect(await readLogFromBlocks({ blocks, tab: us.tab, last, from })).toEqual(await read(from));
    // From a known note on, the blocks before it are not asked for.
    const known = { note: cidOf(entries[0]!.note), commit: from };
    const rest = blocksOf([entries[1]!.note]);
    expect(await readLogFromBlocks({ blocks: rest, tab: us.tab, last, from, known })).toEqual([
      entries[1],
    ]);
  });

  it('reads a log longer than one fetch, deltas included', async () => {
    const long = Array.from({ length: 140 }, (_, i) => ({ ...notes[0]!, blinding: BigInt(i) }));
    const line: Note[] = [];
    for (const note of long)
      line.push({ ...note, previous: line.length === 0 ? null : cidOf(line.at(-1)!) });
    await publish(line);
    await git('repack', '-adfq');
    expect(await git('verify-pack', '-v', await packOf())).toMatch(/chain length = [1-9]/);
    const entries = await read();
    expect(entries).toHaveLength(140);
    expect(entries.at(-1)!.note).toEqual(line.at(-1));
  });

  it('is empty before the first note, and missing where something is settled', async () => {
    expect(await read()).toEqual([]);
    await expect(read('ab'.repeat(20))).rejects.toMatchObject({ code: 'LOG_MISSING' });
  });

  it('G4: names a log that was rewritten, cut or belongs to somebody else', async () => {
    const ids = await publish(notes);
    await point(ids[1]!);
    await expect(read(ids[2])).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
    await publish([signedNote(us, 9, null)]);
    await expect(read(ids[2])).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
    const others = parties();
    const foreign = await publish(chain(others, 1), others);
    await point(foreign.at(-1)!);
    await expect(read(ids[2])).rejects.toMatchObject({ code: 'LOG_UNRELATED' });
    await point(foreign[0]!);
    await expect(read(ids[2])).rejects.toMatchObject({ code: 'LOG_UNRELATED' });
  });

  it('C6: takes no note of another tab, though it stands on this one’s genesis', async () => {
    await publish(chain(parties(), 1));
    await expect(read()).rejects.toMatchObject({ code: 'LOG_UNRELATED' });
  });

  it('O3: refuses commits that are not of the one form', async () => {
    const [genesis, first] = await publish(notes.slice(0, 1));
    const text = await git('cat-file', 'commit', first!);
    const forms = {
      'a second parent': text.replace(/^(parent .*)$/m, `$1\nparent ${genesis}`),
      'a signature': text.replace('\n\n', '\ngpgsig -----BEGIN\n\n'),
      'a second receipt line': `${text}\nreceipt f01551220${'00'.repeat(32)}\n`,
      'another author': text.replace('author Runproof', 'author Runprooz'),
      'times that differ': text.replace(/(committer .*> )\d+/, '$11790000009'),
    };
    for (const [what, form] of Object.entries(forms)) {
      await point(
        await gitIn(`${form}\n`, 'hash-object', '--literally', '-t', 'commit', '-w', '--stdin')
      );
      await expect(read(), what).rejects.toMatchObject({ code: 'COMMIT_MALFORMED' });
    }
  });

  it('G2: refuses trees that hold anything but one note: fan-out, links, odd names, more entries', async () => {
    const bytes = encodeNote(notes[0]!);
    const blob = await write(blobOf(bytes));
    const entry = (mode: string, name: string): Uint8Array =>
      Uint8Array.from([...utf8.encode(`${mode} ${name}\0`), ...fromHex(blob, 20)]);
    const inner = await write(tree(entry('100644', SOURCE.slice(2))));
    const fanned = Uint8Array.from([
      ...utf8.encode(`40000 ${SOURCE.slice(0, 2)}\0`),
      ...fromHex(inner, 20),
    ]);
    for (const content of [
      fanned,
      entry('120000', SOURCE),
      entry('160000', SOURCE),
      entry('100755', SOURCE),
      entry('100644', '../../.git/hooks/post-checkout'),
      entry('100644', SOURCE.toUpperCase()),
      Uint8Array.from([...entry('100644', SOURCE), ...entry('100644', 'f'.repeat(40))]),
      new Uint8Array(),
    ]) {
      const { commit } = commitOfNote(notes[0]!, genesisId(us.tab));
      const id = await write(tree(content));
      await write(encodeGenesis(us.tab));
      await point(await write(encodeLogCommit({ ...commit, tree: id })));
      await expect(read()).rejects.toMatchObject({ code: 'TREE_MALFORMED' });
    }
  });

  it('refuses notes that are malformed, misfiled, of another receipt or of another predecessor', async () => {
    const [note] = notes;
    const forge = async (
      bytes: Uint8Array,
      { source = SOURCE, receipt = '', later = 0 } = {}
    ): Promise<void> => {
      await write(encodeGenesis(us.tab));
      await write(blobOf(bytes));
      const { commit } = commitOfNote(note!, genesisId(us.tab));
      await point(
        await write(
          encodeLogCommit({
            ...commit,
            tree: await write(noteTree(source, bytes)),
            time: commit.time + later,
            ...(receipt && { receipt: fromHex(receipt, 32) }),
          })
        )
      );
    };
    const bytes = encodeNote(note!);
    await forge(Uint8Array.from([...bytes, 10]));
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MALFORMED' });
    await forge(bytes, { source: 'a'.repeat(40) });
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MISMATCH' });
    await forge(bytes, { later: 1 });
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MISMATCH' });
    await forge(bytes, { receipt: 'ab'.repeat(32) });
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MISMATCH' });
    await forge(encodeNote({ ...notes[1]!, receipt: note!.receipt, previous: cidOf(note!) }));
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MISMATCH' });
    await publish([note!, { ...notes[1]!, previous: cidOf(notes[2]!) }]);
    await expect(read()).rejects.toMatchObject({ code: 'NOTE_MISMATCH' });
  });

  it('G3: bounds entries, bytes and time, and says which', async () => {
    await publish(notes);
    const limited = (limits: object): Promise<unknown> =>
      readLog({ repository, tab: us.tab }, { limits });
    await expect(limited({ entries: 2 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(limited({ bytes: 1500 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(limited({ milliseconds: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('G3: refuses an object that inflates beyond any note', async () => {
    const bomb = await write(blobOf(new Uint8Array(1024 * 1024)));
    const { commit } = commitOfNote(notes[0]!, genesisId(us.tab));
    const content = Uint8Array.from([...utf8.encode(`100644 ${SOURCE}\0`), ...fromHex(bomb, 20)]);
    await write(encodeGenesis(us.tab));
    await point(await write(encodeLogCommit({ ...commit, tree: await write(tree(content)) })));
    await expect(read()).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('tells a stopped caller, a missing host and a wrong address apart', async () => {
    await publish(notes);
    const source = { repository, tab: us.tab };
    await expect(readLog(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const at = (address: string): Promise<unknown> => readLog({ ...source, repository: address });
    await expect(at('http://127.0.0.1:9/log.git')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(at(`${server.url}/absent.git`)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(at('ext::sh -c id')).rejects.toMatchObject({ code: 'ADDRESS' });
    await expect(at('http://user:password@127.0.0.1/x')).rejects.toMatchObject({ code: 'ADDRESS' });
    await expect(at('file:///etc')).rejects.toMatchObject({ code: 'ADDRESS' });
  });
});

describe('a log read from IPFS blocks', () => {
  const last = (): CID => cidOf(notes[2]!);

  it('G4: has to pass through the settled head', async () => {
    await expect(
      readLogFromBlocks({
        blocks: blocksOf(notes),
        tab: us.tab,
        last: last(),
        from: 'ab'.repeat(20),
      })
    ).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
  });

  it('refuses another tab’s note, a missing block, wrong bytes and an endless line', async () => {
    const others = parties();
    const [theirs] = chain(others, 1);
    await expect(
      readLogFromBlocks({ blocks: blocksOf([theirs!]), tab: us.tab, last: cidOf(theirs!) })
    ).rejects.toMatchObject({ code: 'LOG_UNRELATED' });
    await expect(
      readLogFromBlocks({ blocks: blocksOf(notes.slice(1)), tab: us.tab, last: last() })
    ).rejects.toMatchObject({ code: 'OBJECT' });
    const lying: BlockSource = { get: async () => encodeNote(notes[0]!) };
    await expect(
      readLogFromBlocks({ blocks: lying, tab: us.tab, last: last() })
    ).rejects.toMatchObject({ code: 'OBJECT' });
    await expect(
      readLogFromBlocks({ blocks: blocksOf(notes), tab: us.tab, last: last() }, { entries: 2 })
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

const tree = (content: Uint8Array): Uint8Array =>
  Uint8Array.from([...utf8.encode(`tree ${content.length}\0`), ...content]);

async function packOf(): Promise<string> {
  const { stdout } = await run('sh', ['-c', `ls '${bare}'/objects/pack/*.idx`]);
  return stdout.trim().split('\n')[0]!;
}
