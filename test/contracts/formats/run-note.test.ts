import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { runLog, tabLog } from '../../../contracts/formats/log.ts';
import {
  MAX_NOTE_BYTES,
  commitOfNote,
  encodeNote,
  parseNote,
} from '../../../contracts/formats/note.ts';
import { type RunNote, encodeRunNote, parseRunNote } from '../../../contracts/formats/run-note.ts';
import vector from '../../vectors/run.json' with { type: 'json' };
import { note as bought, origin, publicKey, runNote as sample } from '../../vectors/sample.ts';
import { runNote } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

describeLayout('a run note', {
  value: runNote,
  encode: encodeRunNote,
  parse: parseRunNote,
  runs: 40,
});

const { text } = vector.note;
const parse = (given: string): RunNote => parseRunNote(utf8.encode(given));

describe('a run note', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeRunNote(sample))).toBe(text);
    expect(parse(text)).toEqual(sample);
  });

  it('begins with what people want to know', () => {
    expect(text.split('\n').slice(0, 4)).toEqual([
      `Runproof run 3 of ${sample.runner}`,
      'exit 2, git.example/library/library run 9007199254740993, 2026-09-21T14:13:20.000Z',
      '',
      'run 1',
    ]);
  });

  it('is no note of a tab, and a tab’s is no run note', () => {
    expect(refusal(() => parseNote(utf8.encode(text)))).toBe('SHAPE');
    expect(refusal(() => parseRunNote(encodeNote(bought)))).toBe('SHAPE');
    expect(refusal(() => parseNote(utf8.encode(text.replace('run 1', 'note 1'))))).toBe('SHAPE');
  });

  const replace = (old: string | RegExp, by: string): string => text.replace(old, by);

  it.each([
    ['other words on top', replace('exit 2, git', 'exit 0, git')],
    ['another version', replace('run 1\n', 'run 2\n')],
    ['the origin in another form', replace('{"actor"', '{ "actor"')],
    ['another origin than its heading', replace('"run":"9007199254740993"', '"run":"1"')],
    ['an origin of another commit', replace(/"commit":"0/, '"commit":"f')],
    ['a request besides', replace(/(origin .*\n)/, '$1request 00\n')],
    ['no origin', replace(/origin .*\n/, '')],
    ['CRLF', text.replaceAll('\n', '\r\n')],
  ])('I4: with %s is refused', (_, given) => {
    expect(given).not.toBe(text);
    expect(refusal(() => parse(given))).toBeDefined();
  });

  it('costs nothing and hangs on the origin’s commit', () => {
    const code = (change: Partial<RunNote>) =>
      refusal(() => encodeRunNote({ ...sample, ...change }));
    expect(code({ receipt: { ...sample.receipt, amount: 1n } })).toBe('RANGE');
    expect(code({ source: 'f'.repeat(40) })).toBe('SHAPE');
    expect(code({ origin: { ...origin, fork: 1 } as never })).toBe('SHAPE');
  });

  it('I2: with all it can hold stays below its size', () => {
    const long = 'x'.repeat(31);
    const wide = (length: number): string => '漢'.repeat(length);
    const full = encodeRunNote({
      ...sample,
      origin: {
        ...origin,
        repository: wide(255),
        workflow: { path: wide(255), sha256: 'f'.repeat(64) },
        job: { id: '9'.repeat(20), name: wide(255) },
        event: wide(64),
        actor: wide(255),
        ref: `refs/${wide(250)}`,
      },
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
  });
});

describe('the log of a runner', () => {
  it('is the committed vector', () => {
    const log = runLog(sample.runner);
    expect(log.ref).toBe(vector.log.ref);
    expect(utf8.decode(log.genesis.object)).toBe(vector.log.genesis.object);
    expect(log.genesis.id).toBe(vector.log.genesis.id);
    expect(commitOfNote(sample, log.genesis.id).id).toBe(vector.log.commit.id);
  });

  it('begins elsewhere than the log of a tab with the same key', () => {
    const key = publicKey(16);
    expect(runLog(key).ref).toBe(tabLog(key).ref);
    expect(runLog(key).genesis.id).not.toBe(tabLog(key).genesis.id);
    expect(tabLog(key).genesis.id).toBe(genesisId(key));
  });
});
