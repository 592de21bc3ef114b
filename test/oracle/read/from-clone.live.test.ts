import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type KeyPair, generateKeyPair } from '../../../contracts/chain/sign.ts';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { encodeLogCommit, genesisId, notesRef } from '../../../contracts/formats/log-commit.ts';
import { runLog } from '../../../contracts/formats/log.ts';
import { blobOf, encodeNote, noteTree } from '../../../contracts/formats/note.ts';
import { encodeRunNote } from '../../../contracts/formats/run-note.ts';
import { objectId } from '../../../contracts/formats/log-commit.ts';
import { checkRun } from '../../../oracle/check/run.ts';
import { OracleError } from '../../../oracle/error.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import { openLocalClone } from '../../../oracle/read/from-clone.ts';
import type { RunNote } from '../../../contracts/formats/run-note.ts';
import { entriesOf } from '../../fixtures/log-entries.ts';
import { parties } from '../../fixtures/signed-notes.ts';
import { ORIGIN, runEntries } from '../../fixtures/signed-runs.ts';
import { createRepository, temporaryFolder } from '../../runner-hooks/room.ts';

type Repository = ReturnType<typeof createRepository> & { readonly folder: string };

async function repository(): Promise<Repository> {
  const folder = await temporaryFolder();
  return { folder, ...createRepository(folder, { 'a.txt': 'hello' }) };
}

/** A loose object under any name, as a hostile owner may put it there. */
function put(folder: string, object: Uint8Array, id = objectId(object)): string {
  const path = join(folder, '.git/objects', id.slice(0, 2));
  execFileSync('mkdir', ['-p', path]);
  const file = join(path, id.slice(2));
  if (existsSync(file)) chmodSync(file, 0o644);
  writeFileSync(file, deflateSync(object));
  return id;
}

function write(
  { folder, git }: Repository,
  runner: KeyPair,
  log: readonly LogEntry<RunNote>[]
): void {
  const { genesis, ref } = runLog(runner.publicKey);
  put(folder, utf8.encode('tree 0\0'));
  put(folder, genesis.object);
  for (const { note, commit } of log) {
    const bytes = encodeRunNote(note);
    put(folder, blobOf(bytes));
    put(folder, noteTree(note.source, bytes));
    put(folder, encodeLogCommit(commit));
  }
  git('update-ref', ref, log.at(-1)!.id);
}

const code = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof OracleError) return error.code;
      throw error;
    }
  );

describe('a runner’s log in a clone on this machine', () => {
  it('gives every run, oldest first, from loose objects and from packs, with commits as git has them', async () => {
    const here = await repository();
    const runner = generateKeyPair();
    const log = runEntries(runner, [{}, {}, {}]);
    write(here, runner, log);
    const clone = await openLocalClone(here.folder);
    expect(await clone.keys()).toEqual([runner.publicKey]);
    expect(await clone.readRunLog(runner.publicKey)).toEqual(log);
    here.git('gc', '-q', '--prune=now');
    expect(readdirSync(join(here.folder, '.git/objects')).some((name) => /^..$/.test(name))).toBe(
      false
    );
    expect(await clone.readRunLog(runner.publicKey)).toEqual(log);
    expect(await clone.readRunLog(generateKeyPair().publicKey)).toEqual([]);
    // What people see is what was read.
    const shown = here.git('show', `${notesRef(runner.publicKey)}:${ORIGIN.commit}`);
    expect(`${shown}\n`).toBe(utf8.decode(encodeRunNote(log[2]!.note)));
  });

  it('G3: hashes every object again, and takes none that is larger than any of ours', async () => {
    const here = await repository();
    const runner = generateKeyPair();
    const [entry] = runEntries(runner, [{}]);
    write(here, runner, [entry!]);
    const blob = objectId(blobOf(encodeRunNote(entry!.note)));
    const read = async () => (await openLocalClone(here.folder)).readRunLog(runner.publicKey);
    put(here.folder, blobOf(utf8.encode('x'.repeat(20_000))), blob);
    expect(await code(read())).toBe('TOO_LARGE');
    put(here.folder, blobOf(utf8.encode('another note')), blob);
    expect(await code(read())).toMatch(/^(OBJECT|UNREACHABLE)$/);
  });

  it('C6: takes no note of a tab, no log that begins as a tab’s, and no other runner’s notes', async () => {
    const here = await repository();
    const us = parties();
    const [bought] = entriesOf(us, [1]);
    const bytes = encodeNote(bought!.note);
    for (const object of [blobOf(bytes), noteTree(bought!.note.source, bytes)])
      put(here.folder, object);
    put(here.folder, encodeLogCommit(bought!.commit));
    here.git('update-ref', notesRef(us.tab), bought!.id);
    const clone = await openLocalClone(here.folder);
    expect(await code(clone.readRunLog(us.tab))).toBe('NOTE_MALFORMED');

    const runner = generateKeyPair();
    const log = runEntries(runner, [{}]);
    write(here, runner, log);
    here.git('update-ref', notesRef(us.tab), log[0]!.id);
    expect(await code(clone.readRunLog(us.tab))).toBe('LOG_UNRELATED');

    const stray = { ...log[0]!.commit, parent: genesisId(runner.publicKey) };
    const id = put(here.folder, encodeLogCommit(stray));
    here.git('update-ref', notesRef(runner.publicKey), id);
    expect(await code(clone.readRunLog(runner.publicKey))).toBe('OBJECT');
  });

  it('G2: nothing that the repository is set up to do is done', async () => {
    const here = await repository();
    const runner = generateKeyPair();
    write(here, runner, runEntries(runner, [{}]));
    const trap = join(here.folder, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${here.folder}/sprung\n`, { mode: 0o755 });
    for (const name of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'core.gitProxy'])
      here.git('config', name, trap);
    here.git('config', 'alias.cat-file', `!${trap}`);
    here.git('config', 'extensions.partialClone', 'origin');
    here.git('config', 'remote.origin.url', `ext::${trap}`);
    here.git('config', 'remote.origin.promisor', 'true');
    here.git('config', 'protocol.ext.allow', 'always');
    const clone = await openLocalClone(here.folder);
    expect(await clone.readRunLog(runner.publicKey)).toHaveLength(1);
    expect(await clone.branchesWith('f'.repeat(40))).toBeUndefined();
    here.git('update-ref', '-d', notesRef(runner.publicKey));
    expect(existsSync(join(here.folder, 'sprung'))).toBe(false);
    expect(readFileSync(join(here.folder, 'a.txt'), 'utf8')).toBe('hello');
  });

  it('G4: says where a commit lies, and that one that was pushed away lies nowhere', async () => {
    const here = await repository();
    const clone = await openLocalClone(here.folder);
    expect(await clone.branchesWith(here.commit)).toEqual(['refs/heads/main']);
    here.git('commit', '-q', '--amend', '-m', 'other');
    expect(await clone.branchesWith(here.commit)).toEqual([]);
    here.git('reflog', 'expire', '--expire=now', '--all');
    here.git('gc', '-q', '--prune=now');
    expect(await clone.branchesWith(here.commit)).toBeUndefined();
    expect(await code(openLocalClone('/'))).toBe('ADDRESS');
  });
});

describe('the checks of a run', () => {
  const runner = generateKeyPair();
  const failing = (entry: LogEntry<RunNote>, log?: readonly LogEntry<RunNote>[]) =>
    checkRun(entry, { ...(log && { log }) })
      .filter(({ ok }) => !ok)
      .map(({ id }) => id);

  it('hold for an honest one, also where nothing could be counted', () => {
    for (const entry of runEntries(runner, [{}, { taskClock: undefined }]))
      expect(failing(entry)).toEqual([]);
  });

  it('O7: refuse another signer, and each value that the signature covers', () => {
    const [forged] = runEntries(runner, [{ signer: generateKeyPair() }]);
    expect(failing(forged!)).toEqual(['runner-signature']);
    const [entry] = runEntries(runner, [{}]);
    const { note } = entry!;
    const moved = { ...entry!, note: { ...note, origin: { ...note.origin, ref: 'refs/heads/x' } } };
    expect(failing(moved)).toEqual(expect.arrayContaining(['commit', 'request', 'execution']));
    const better = { ...entry!, note: { ...note, exitStatus: 1 } };
    expect(failing(better)).toEqual(expect.arrayContaining(['body']));
    const cheaper = {
      ...entry!,
      note: { ...note, counters: [{ name: 'task-clock', unit: 'ns', value: 1n }] },
    };
    expect(failing(cheaper)).toEqual(expect.arrayContaining(['task-clock', 'body']));
  });

  it('R8: show a run that its runner has told twice', () => {
    const log = runEntries(runner, [
      { origin: { run: '7' }, exitStatus: 1 },
      { origin: { run: '7' } },
      { origin: { run: '7', attempt: 2 } },
    ]);
    expect(log.map((entry) => failing(entry, log))).toEqual([['once'], ['once'], []]);
  });
});
