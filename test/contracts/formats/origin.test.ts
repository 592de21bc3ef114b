import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../../contracts/formats/bytes.ts';
import { CANONICAL_BITS } from '../../../contracts/formats/field.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import {
  MAX_ORIGIN_BYTES,
  encodeOrigin,
  originCommitment,
  originDigest,
  parseOrigin,
} from '../../../contracts/formats/origin.ts';
import vector from '../../vectors/run.json' with { type: 'json' };
import { origin as sample, publicKey, runNote } from '../../vectors/sample.ts';
import { origin } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

describeLayout('an origin', { value: origin, encode: encodeOrigin, parse: parseOrigin, runs: 40 });

const code = (change: object) => refusal(() => parseOrigin(encodeJson({ ...sample, ...change })));

describe('an origin', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeOrigin(sample))).toBe(vector.origin.text);
    expect(toHex(originDigest(sample))).toBe(vector.origin.digest);
    expect(originCommitment(runNote.runner, sample).toString()).toBe(vector.origin.commitment);
    expect(originCommitment(runNote.runner, sample) >> CANONICAL_BITS).toBe(0n);
  });

  it('I4: has every member and no other', () => {
    for (const name of Object.keys(sample)) {
      const rest = Object.fromEntries(Object.entries(sample).filter(([key]) => key !== name));
      expect(refusal(() => parseOrigin(encodeJson(rest)))).toBe('SHAPE');
    }
    expect(code({ extra: 1 })).toBe('SHAPE');
    expect(code({ job: { ...sample.job, extra: 1 } })).toBe('SHAPE');
  });

  it('says null where the forge does not tell, and never nothing', () => {
    expect(code({ fork: null })).toBeUndefined();
    expect(code({ job: { id: null, name: 'a' } })).toBeUndefined();
    expect(code({ workflow: { path: 'a.yml', sha256: null } })).toBeUndefined();
    expect(code({ fork: 'no' })).toBe('SHAPE');
    expect(code({ actor: null })).toBe('SHAPE');
    expect(code({ actor: '' })).toBe('SHAPE');
  });

  it('W1: holds no text that could move a cursor, turn a line round or look like a line of the note', () => {
    for (const text of [
      'a\nb',
      'a\rb',
      '\u001b[2J',
      'a\u202eb',
      'a\u2028b',
      '\u200bx',
      '\u0085',
      '\u0000',
    ])
      for (const field of ['actor', 'event', 'ref'])
        expect(code({ [field]: field === 'ref' ? `refs/${text}` : text })).toBe('SHAPE');
  });

  it('I3: names repository and workflow by plain relative paths', () => {
    for (const path of ['', '/', '/etc/passwd', '../x', 'a//b', 'a/./b', 'a/..', 'a/'])
      expect([path, code({ repository: path })]).toEqual([path, 'SHAPE']);
    expect(code({ workflow: { path: '../.gitlab-ci.yml', sha256: null } })).toBe('SHAPE');
  });

  it('has numbers in one form, and a host without user or path', () => {
    for (const run of ['0', '01', '-1', '1e3', '1'.repeat(21), 1])
      expect(code({ run })).toBe('SHAPE');
    for (const attempt of [0, 1.5, 1_000_001, '1']) expect(code({ attempt })).toBe('SHAPE');
    for (const host of ['GitHub.com', 'u@h', 'h/p', 'h:0', 'h:123456', '', '-h'])
      expect([host, code({ host })]).toEqual([host, 'SHAPE']);
    for (const commit of ['HEAD', 'A'.repeat(40), 'a'.repeat(39)])
      expect(code({ commit })).toBe('SHAPE');
  });

  it('I2: fits its size whatever its texts are', () => {
    const wide = (length: number): string => '漢'.repeat(length);
    const full = {
      ...sample,
      repository: wide(255),
      workflow: { path: wide(255), sha256: 'f'.repeat(64) },
      job: { id: '9'.repeat(20), name: '"'.repeat(255) },
      event: wide(64),
      actor: wide(255),
      ref: `refs/${wide(250)}`,
    };
    expect(encodeOrigin(full).length).toBeLessThan(MAX_ORIGIN_BYTES);
    expect(code({ actor: wide(256) })).toBe('SHAPE');
  });

  it('O7: commits to the runner as well: no other can pass the run off as its own', () => {
    const [one, other] = [publicKey(16), publicKey(17)];
    expect(originCommitment(one, sample)).not.toBe(originCommitment(other, sample));
    const retried = { ...sample, attempt: sample.attempt + 1 };
    expect(originCommitment(one, sample)).not.toBe(originCommitment(one, retried));
  });
});
