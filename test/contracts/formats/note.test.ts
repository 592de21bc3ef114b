import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { rawCidOf, rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { genesisId, objectId } from '../../../contracts/formats/log-commit.ts';
import {
  MAX_NOTE_BYTES,
  type Note,
  blobOf,
  commitOfNote,
} from '../../../contracts/formats/note.ts';
import { encodeNote, noteTree, parseNote } from '../../../contracts/formats/note.ts';
import { encodeReceipt } from '../../../contracts/formats/receipt.ts';
import commits from '../../vectors/commit.json' with { type: 'json' };
import vector from '../../vectors/note.json' with { type: 'json' };
import { note as sample } from '../../vectors/sample.ts';
import { note } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

describeLayout('a note', { value: note, encode: encodeNote, parse: parseNote, runs: 40 });

const parse = (text: string): Note => parseNote(utf8.encode(text));

describe('a note', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeNote(sample))).toBe(vector.text);
    expect(parse(vector.text)).toEqual(sample);
  });

  it('begins with what people want to know', () => {
    expect(vector.text.split('\n').slice(0, 3)).toEqual([
      `Runproof receipt 7 of ${sample.request.terms.tab}`,
      'exit 2, 0.165 MINA, 2026-09-21T14:13:20.000Z',
      '',
    ]);
  });

  const replace = (old: string | RegExp, by: string): string => vector.text.replace(old, by);

  it.each([
    ['other words on top', replace('exit 2, 0.165', 'exit 0, 0.165')],
    ['another note version', replace('note 1', 'note 2')],
    ['a line twice', replace(/(exit 2\n)/, '$1$1')],
    ['a line less', replace(/output .*\n/, '')],
    ['lines in another order', replace(/(result .*\n)(source .*\n)/, '$2$1')],
    [
      'another result than the receipt’s',
      replace(/result .*/, `result ${rawCidOf(new Uint8Array(32)).toString()}`),
    ],
    ['a number with a leading zero', replace('page-faults count 4711', 'page-faults count 04711')],
    ['an exit status of 17 bits', replace('\nexit 2\n', '\nexit 65536\n')],
    ['a phase longer than 48 bits of milliseconds', replace('4321 ms', `${2n ** 48n} ms`)],
    ['a phase of 57 bits of nanoseconds', replace('4000000000 ns', `${2n ** 56n} ns`)],
    ['a counter of 65 bits', replace('count 4711', `count ${2n ** 64n}`)],
    ['five phases', replace(/(phase test .*\n)/, '$1$1$1$1')],
    [
      'a blinding beyond the field',
      replace(/blinding .*/, `blinding ${MODULUS.toString(16).padStart(64, '0')}`),
    ],
    ['a receipt of odd length', replace(/(receipt [0-9a-f]{10,})\n/, '$10\n')],
    ['a request cut short', replace(/(request [0-9a-f]+)..\n/, '$1\n')],
    ['a runner that is no key', replace(/runner .*/, `runner ${'1'.repeat(55)}`)],
    [
      'a previous in base 32',
      replace('previous none', `previous ${rawCidOf(new Uint8Array(32)).toString()}`),
    ],
    ['CRLF', vector.text.replaceAll('\n', '\r\n')],
    ['no last line end', vector.text.slice(0, -1)],
    ['more after its end', `${vector.text}exit 0\n`],
    ['nothing', ''],
  ])('I4: with %s is refused', (_, text) => {
    expect(text).not.toBe(vector.text);
    expect(refusal(() => parse(text))).toBeDefined();
  });

  it('I2: is refused above its size before anything is read', () => {
    const long = vector.text + 'x'.repeat(MAX_NOTE_BYTES - vector.text.length);
    expect(refusal(() => parse(long))).not.toBe('SIZE');
    expect(refusal(() => parse(`${long}x`))).toBe('SIZE');
  });

  it('I2: with all it can hold stays below its size', () => {
    const long = 'x'.repeat(31);
    const full = encodeNote({
      ...sample,
      execution: {
        ...sample.execution,
        phases: Array.from({ length: 4 }, (_, i) => ({
          ...sample.execution.phases[0]!,
          name: `a${i}${'-'.repeat(29)}`,
          exitStatus: 65_535,
          milliseconds: 2n ** 48n - 1n,
          taskClock: 2n ** 56n - 1n,
        })),
      },
      counters: Array.from({ length: 31 }, (_, i) => ({
        name: i === 0 ? 'task-clock' : `${long.slice(2)}${String(i).padStart(2, '0')}`,
        unit: i === 0 ? 'ns' : long,
        value: 2n ** 64n - 1n,
      })),
      previous: rawCidOf(new Uint8Array(32)),
    });
    expect(full.length).toBeLessThan(MAX_NOTE_BYTES);
    expect(encodeNote(parseNote(full))).toEqual(full);
  });

  it('is not written so that it would not be read', () => {
    const code = (change: Partial<Note>) => refusal(() => encodeNote({ ...sample, ...change }));
    const [phase] = sample.execution.phases as [(typeof sample.execution.phases)[0]];
    const withPhase = (change: object) =>
      code({ execution: { ...sample.execution, phases: [{ ...phase, ...change }] } });
    expect(code({ blinding: MODULUS })).toBe('RANGE');
    expect(code({ blinding: -1n })).toBe('RANGE');
    expect(code({ exitStatus: 65_536 })).toBe('RANGE');
    expect(code({ source: 'HEAD' })).toBe('ENCODING');
    expect(code({ runner: 'me' })).toBe('KEY');
    expect(code({ counters: [{ name: 'a b', unit: 'ns', value: 1n }] })).toBe('SHAPE');
    expect(code({ counters: [{ name: 'a\nexit 0', unit: 'ns', value: 1n }] })).toBe('SHAPE');
    expect(code({ counters: [{ name: 'a', unit: '', value: 1n }] })).toBe('SHAPE');
    expect(code({ counters: [{ name: 'a', unit: 'ns', value: 2n ** 64n }] })).toBe('RANGE');
    expect(withPhase({ name: 'a\nb' })).toBe('SHAPE');
    expect(withPhase({ name: 'a'.repeat(32) })).toBe('SHAPE');
    expect(withPhase({ milliseconds: 2n ** 48n })).toBe('RANGE');
    expect(withPhase({ taskClock: 2n ** 56n })).toBe('RANGE');
  });
});

describe('the git objects of a note', () => {
  it('are the committed vectors', () => {
    const bytes = encodeNote(sample);
    expect(objectId(blobOf(bytes))).toBe(commits.blob);
    expect(Buffer.from(noteTree(sample.source, bytes)).toString('hex')).toBe(commits.tree.object);
    const { commit, id } = commitOfNote(sample, genesisId(sample.request.terms.tab));
    expect(id).toBe(commits.commit.id);
    expect(commit.receipt).toEqual(rawCidOfBlock(encodeReceipt(sample.receipt)).multihash.digest);
    expect(commit.time).toBe(sample.receipt.finishedAt);
  });

  it('G4: change with every note before them', () => {
    const genesis = genesisId(sample.request.terms.tab);
    const ids = [genesis, '0'.repeat(40)].map((parent) => commitOfNote(sample, parent).id);
    const later = commitOfNote({ ...sample, previous: rawCidOf(new Uint8Array(32)) }, genesis).id;
    expect(new Set([...ids, later]).size).toBe(3);
  });

  it('I3: hang the note on a full lower-case commit id and nothing else', () => {
    for (const source of ['', '..', 'A'.repeat(40), '0'.repeat(39), `${'0'.repeat(38)}/x`])
      expect(refusal(() => noteTree(source, Uint8Array.of()))).toBe('ENCODING');
  });
});
