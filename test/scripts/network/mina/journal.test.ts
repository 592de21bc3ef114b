import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MinaNetworkError } from '../../../../scripts/network/mina/errors.ts';
import { foldHistory } from '../../../../scripts/network/mina/history.ts';
import { type Entry, openJournal } from '../../../../scripts/network/mina/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mina-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const genesis: Entry = {
  kind: 'genesis',
  version: 1,
  genesis: {
    seed: '00'.repeat(32),
    timestamp: 0,
    accounts: 1,
    balance: '1',
    slotTime: 1000,
    k: 290,
  },
};
const acquire = (publicKey: string): Entry => ({ kind: 'acquire', publicKey });

function write(...entries: Entry[]): string {
  const journal = openJournal(folder);
  entries.forEach((entry) => journal.append(entry));
  journal.close();
  return join(folder, 'journal');
}

function read(): readonly Entry[] {
  const journal = openJournal(folder);
  journal.close();
  return journal.entries;
}

const codeOf = (step: () => unknown): string | undefined => {
  try {
    step();
    return undefined;
  } catch (error) {
    if (error instanceof MinaNetworkError) return error.code;
    throw error;
  }
};

describe('a journal', () => {
  it('gives back what was written, and goes on from there', () => {
    write(genesis, acquire('a'));
    write(acquire('b'));
    expect(read()).toEqual([genesis, acquire('a'), acquire('b')]);
  });

  it('R3: drops a last line cut at any byte, and only that one', () => {
    const path = write(genesis, acquire('a'));
    const whole = readFileSync(path);
    const first = whole.indexOf('\n') + 1;
    for (let size = whole.length - 1; size >= first; size -= 7) {
      writeFileSync(path, whole.subarray(0, size));
      expect(read()).toEqual([genesis]);
      expect(readFileSync(path).length).toBe(first);
    }
    write(acquire('c'));
    expect(read()).toEqual([genesis, acquire('c')]);
    truncateSync(path, 3);
    expect(read()).toEqual([]);
  });

  it('R3: drops a tail of zeros, as a file system may leave after power loss', () => {
    const path = write(genesis);
    appendFileSync(path, Buffer.alloc(512));
    expect(read()).toEqual([genesis]);
  });

  it('is refused where a line was changed, taken out, moved or made up', () => {
    const path = write(genesis, acquire('a'), acquire('b'), acquire('c'));
    const whole = readFileSync(path, 'utf8');
    const lines = whole.trimEnd().split('\n');
    const damage = {
      changed: whole.replace('"a"', '"x"'),
      missing: [lines[0], lines[2], lines[3]].join('\n') + '\n',
      moved: [lines[0], lines[2], lines[1], lines[3]].join('\n') + '\n',
      added: `${whole}0000000000000000 {}\n`,
    };
    for (const content of Object.values(damage)) {
      writeFileSync(path, content);
      expect(codeOf(read)).toBe('JOURNAL_DAMAGED');
    }
    writeFileSync(path, whole);
    expect(read()).toHaveLength(4);
  });

  it('is refused where a whole line is of another version', () => {
    write({ kind: 'else' } as unknown as Entry);
    expect(codeOf(read)).toBe('JOURNAL_VERSION');
  });

  it('R4: is for one process, and for the next once that is gone', () => {
    const journal = openJournal(folder);
    expect(codeOf(() => openJournal(folder))).toBe('DATA_FOLDER_IN_USE');
    journal.close();
    openJournal(folder).close();
    // Process 1 lives as long as the machine.
    writeFileSync(join(folder, 'lock'), '1\n');
    expect(codeOf(() => openJournal(folder))).toBe('DATA_FOLDER_IN_USE');
    writeFileSync(join(folder, 'lock'), `${2 ** 30}\n`);
    openJournal(folder).close();
  });
});

describe('a history', () => {
  const stored = (name: string) => ({ hash: `hash of ${name}`, json: name });
  const command = (name: string): Entry => ({ kind: 'command', ...stored(name) });
  const block = (stateHash: string, included: string[], dropped: string[] = []): Entry => ({
    kind: 'block',
    slot: 0,
    timestamp: 0,
    salt: '',
    stateHash,
    included: included.map((json) => `hash of ${json}`),
    dropped: dropped.map((json) => `hash of ${json}`),
  });

  it('is undefined where nothing happened', () => {
    expect(foldHistory([])).toBeUndefined();
  });

  it('knows what is in blocks, what waits, and what was dropped', () => {
    const history = foldHistory([
      genesis,
      command('1'),
      command('2'),
      command('3'),
      block('x', ['2'], ['1']),
    ]);
    expect(history?.blocks.map(({ commands }) => commands)).toEqual([[stored('2')]]);
    expect(history?.waiting).toEqual([stored('3')]);
  });

  it('R5: undoes blocks, with their commands waiting again in front, or gone', () => {
    const entries = [
      genesis,
      command('1'),
      block('x', ['1']),
      command('2'),
      block('y', ['2']),
      command('3'),
    ];
    const fork = (reapply: boolean) =>
      foldHistory([...entries, { kind: 'reorg', depth: 2, reapply }]);
    expect(fork(true)).toMatchObject({ blocks: [], waiting: ['1', '2', '3'].map(stored) });
    expect(fork(false)).toMatchObject({ blocks: [], waiting: [stored('3')] });
  });

  it('is refused where lines contradict each other', () => {
    const wrong: Entry[][] = [
      [acquire('a')],
      [genesis, genesis],
      [genesis, block('x', ['1'])],
      [genesis, { kind: 'reorg', depth: 1, reapply: true }],
    ];
    for (const entries of wrong) expect(codeOf(() => foldHistory(entries))).toBe('JOURNAL_DAMAGED');
  });
});
