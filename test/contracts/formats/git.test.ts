import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawCidOfBlock, toBase16 } from '../../../contracts/formats/cid.ts';
import {
  encodeGenesis,
  encodeLogCommit,
  genesisId,
} from '../../../contracts/formats/log-commit.ts';
import { notesRef } from '../../../contracts/formats/log-commit.ts';
import {
  type Note,
  blobOf,
  commitOfNote,
  encodeNote,
  noteTree,
  parseNote,
} from '../../../contracts/formats/note.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import { note as sample } from '../../vectors/sample.ts';

/** Everything that the log consists of, held against the git that people have. */
describe('the real git', () => {
  let folder = '';
  const at = (time: number): Record<string, string> => ({
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Runproof',
    GIT_AUTHOR_EMAIL: 'log@runproof',
    GIT_COMMITTER_NAME: 'Runproof',
    GIT_COMMITTER_EMAIL: 'log@runproof',
    GIT_AUTHOR_DATE: `${time} +0000`,
    GIT_COMMITTER_DATE: `${time} +0000`,
  });
  const git = (
    args: readonly string[],
    input: Uint8Array | string = '',
    time = 1_000_000_000
  ): string =>
    execFileSync('git', args, {
      cwd: folder,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ...at(time) },
    }).trimEnd();
  const content = (object: Uint8Array): Uint8Array => object.slice(object.indexOf(0) + 1);
  const store = (type: string, object: Uint8Array): string =>
    git(['hash-object', '-w', '-t', type, '--stdin'], content(object));

  const { tab } = sample.request.terms;
  let source = '';
  let note: Note;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'runproof-git-'));
    git(['init', '-q', '.']);
    git(['config', 'core.fsmonitor', 'false']);
    git(['commit', '-q', '--allow-empty', '-m', 'source'], '', 1_700_000_000);
    source = git(['rev-parse', 'HEAD']);
    note = { ...sample, source };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the same blob, tree and commit as we do', () => {
    const bytes = encodeNote(note);
    const { commit, id } = commitOfNote(note, genesisId(tab));
    const blob = git(['hash-object', '-w', '--stdin'], bytes);
    git(['notes', '--ref=plain', 'add', '-C', blob, source]);
    expect(git(['rev-parse', 'refs/notes/plain^{tree}'])).toBe(commit.tree);
    expect(git(['notes', '--ref=plain', 'list', source])).toBe(blob);
    expect(store('tree', noteTree(source, bytes))).toBe(commit.tree);

    const genesis = git(['commit-tree', git(['mktree'])], `tab ${tab}\n`, 1_000_000_000);
    expect(genesis).toBe(genesisId(tab));
    const message = `receipt ${toBase16(rawCidOfBlock(encodeReceipt(note.receipt)))}\n`;
    expect(git(['commit-tree', commit.tree, '-p', genesis], message, commit.time)).toBe(id);
  });

  it('O3: stores our objects under our names, and finds nothing wrong with them', () => {
    const bytes = encodeNote(note);
    const first = commitOfNote(note, genesisId(tab));
    const second = commitOfNote({ ...note, previous: rawCidOfBlock(bytes) }, first.id);
    expect(store('commit', encodeGenesis(tab))).toBe(genesisId(tab));
    for (const [made, of] of [
      [first, note],
      [second, { ...note, previous: rawCidOfBlock(bytes) }],
    ] as const) {
      store('blob', blobOf(encodeNote(of)));
      expect(store('tree', noteTree(source, encodeNote(of)))).toBe(made.commit.tree);
      expect(store('commit', encodeLogCommit(made.commit))).toBe(made.id);
    }
    git(['update-ref', notesRef(tab), second.id]);
    expect(git(['fsck', '--strict', '--no-dangling', '--full'])).toBe('');
    expect(git(['rev-list', notesRef(tab)]).split('\n')).toEqual([
      second.id,
      first.id,
      genesisId(tab),
    ]);
    expect(git(['check-ref-format', notesRef(tab)])).toBe('');
  });

  it('shows the note to people, byte for byte what we parse', () => {
    const shown = git(['notes', `--ref=runproof/${tab}`, 'show', source]);
    expect(parseNote(new TextEncoder().encode(`${shown}\n`))).toEqual({
      ...note,
      previous: rawCidOfBlock(encodeNote(note)),
    });
  });

  it('leaves the note’s text alone when it tidies messages', () => {
    const bytes = encodeNote(note);
    expect(git(['stripspace'], bytes)).toBe(new TextDecoder().decode(bytes).trimEnd());
    git(['notes', '--ref=tidied', 'add', '-F', '-', source], bytes);
    expect(git(['rev-parse', 'refs/notes/tidied^{tree}'])).toBe(
      commitOfNote(note, genesisId(tab)).commit.tree
    );
  });
});
