import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMIT_BYTES, COMMIT_OFFSET, EMPTY_TREE } from '../../../contracts/formats/log-commit.ts';
import { type LogCommit, encodeGenesis, genesisId } from '../../../contracts/formats/log-commit.ts';
import { encodeLogCommit, parseLogCommit } from '../../../contracts/formats/log-commit.ts';
import {
  headField,
  headOfField,
  notesRef,
  objectId,
} from '../../../contracts/formats/log-commit.ts';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import vector from '../../vectors/commit.json' with { type: 'json' };
import { digest, objectName } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

const commit: fc.Arbitrary<LogCommit> = fc.record({
  tree: objectName,
  parent: objectName,
  time: fc.integer({ min: 1_000_000_000, max: 2 ** 32 - 1 }),
  receipt: digest,
});

describeLayout('a log commit', {
  value: commit,
  encode: encodeLogCommit,
  parse: parseLogCommit,
  runs: 100,
});

const { value, object, id } = vector.commit;
const sample: LogCommit = { ...value, receipt: Uint8Array.from(Buffer.from(value.receipt, 'hex')) };
const body = object.slice(object.indexOf('\0') + 1);

/** A git commit with any body, its header right: what somebody could push. */
const commitOf = (text: string): Uint8Array =>
  utf8.encode(`commit ${utf8.encode(text).length}\0${text}`);

describe('a log commit', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeLogCommit(sample))).toBe(object);
    expect(parseLogCommit(utf8.encode(object))).toEqual(sample);
    expect(objectId(utf8.encode(object))).toBe(id);
  });

  it('has its fixed length, five SHA-1 compressions, and its parts at fixed places', () => {
    fc.assert(
      fc.property(commit, (given) => {
        const text = utf8.decode(encodeLogCommit(given));
        const part = (at: number, length: number): string => text.slice(at, at + length);
        expect(text).toHaveLength(COMMIT_BYTES);
        expect(part(COMMIT_OFFSET.tree, 40)).toBe(given.tree);
        expect(part(COMMIT_OFFSET.parent, 40)).toBe(given.parent);
        expect(part(COMMIT_OFFSET.authorTime, 10)).toBe(`${given.time}`);
        expect(part(COMMIT_OFFSET.committerTime, 10)).toBe(`${given.time}`);
        expect(part(COMMIT_OFFSET.receipt, 64)).toBe(Buffer.from(given.receipt).toString('hex'));
      }),
      { numRuns: 50 }
    );
    expect(COMMIT_BYTES).toBeGreaterThan(4 * 64 - 9);
    expect(COMMIT_BYTES).toBeLessThanOrEqual(5 * 64 - 9);
  });

  const line = (name: string): string => body.split('\n').find((text) => text.startsWith(name))!;
  const other = 'f'.repeat(40);

  it.each([
    ['a fake parent line in the message', `${body}parent ${other}\n`],
    ['a fake receipt line in the message', `${body}receipt f01551220${'0'.repeat(64)}\n`],
    [
      'a receipt line before the real one',
      body.replace('\n\n', `\n\nreceipt f01551220${'0'.repeat(64)}\n`),
    ],
    ['a second parent', body.replace('\nauthor', `\nparent ${other}\nauthor`)],
    ['no parent', body.replace(`${line('parent')}\n`, '')],
    [
      'parent before tree',
      body.replace(`${line('tree')}\n${line('parent')}`, `${line('parent')}\n${line('tree')}`),
    ],
    [
      'a signature block',
      body.replace(
        '\n\n',
        '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n'
      ),
    ],
    ['a merged tag', body.replace('\n\n', `\nmergetag object ${other}\n\n`)],
    ['an encoding', body.replace('\n\n', '\nencoding latin1\n\n')],
    ['another author', body.replace('author Runproof', 'author Runprooz')],
    [
      'another address',
      body.replace('committer Runproof <log@runproof>', 'committer Runproof <l0g@runproof>'),
    ],
    ['another zone', body.replace('+0000', '-0000')],
    ['another zone behind', body.replace('+0000\n\n', '+0100\n\n')],
    [
      'two times',
      body.replace(
        'committer Runproof <log@runproof> 1790000000',
        'committer Runproof <log@runproof> 1790000001'
      ),
    ],
    ['a blank line too many', `${body}\n`],
    ['no line end', body.slice(0, -1)],
    ['CRLF', body.replaceAll('\n', '\r\n')],
    ['capital digits', body.replace(value.parent, value.parent.toUpperCase())],
    ['a CID of another codec', body.replace('f01551220', 'f01701220')],
    [
      'a CID in base 32',
      body.replace(
        /receipt .*/,
        'receipt bafkreiaha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4'
      ),
    ],
    ['a time before 2001', body.replaceAll('1790000000', '0999999999')],
    ['a time after 2106', body.replaceAll('1790000000', '4294967296')],
  ])('O3: with %s is refused', (_, text) => {
    expect(text).not.toBe(body);
    expect(refusal(() => parseLogCommit(commitOf(text)))).toBeDefined();
  });

  it('O2: as another object type, or with another length in its header, is refused', () => {
    expect(refusal(() => parseLogCommit(utf8.encode(object)))).toBeUndefined();
    for (const header of [
      'blob 276',
      'tag 276',
      'tree 276',
      'commit 275',
      'commit 277',
      'commit 0276',
      'commit  276',
    ])
      expect(refusal(() => parseLogCommit(utf8.encode(`${header}\0${body}`)))).toBeDefined();
    expect(refusal(() => parseLogCommit(utf8.encode(object.replace('\0', '\n'))))).toBe('SHAPE');
  });

  it('I4: with every bit of it flipped is another commit or none', () => {
    const bytes = utf8.encode(object);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      let parsed: LogCommit | undefined;
      if (refusal(() => (parsed = parseLogCommit(flipped))) !== undefined) continue;
      expect(encodeLogCommit(parsed!)).toEqual(flipped);
    }
  });

  it('is not written outside of its bounds', () => {
    const code = (change: Partial<LogCommit>) =>
      refusal(() => encodeLogCommit({ ...sample, ...change }));
    expect(code({ time: 1_000_000_000 })).toBeUndefined();
    expect(code({ time: 999_999_999 })).toBe('RANGE');
    expect(code({ time: 2 ** 32 - 1 })).toBeUndefined();
    expect(code({ time: 2 ** 32 })).toBe('RANGE');
    expect(code({ time: 1.5e9 + 0.5 })).toBe('RANGE');
    expect(code({ tree: 'A'.repeat(40) })).toBe('ENCODING');
    expect(code({ parent: `${other}\nparent ${other}` })).toBe('ENCODING');
    expect(code({ receipt: new Uint8Array(20) })).toBe('CID');
  });
});

describe('the genesis of a log', () => {
  it('follows from the tab alone', () => {
    expect(utf8.decode(encodeGenesis(vector.tab))).toBe(vector.genesis.object);
    expect(genesisId(vector.tab)).toBe(vector.genesis.id);
    expect(refusal(() => encodeGenesis('B62'))).toBe('KEY');
  });

  it('is no log commit', () => {
    expect(refusal(() => parseLogCommit(encodeGenesis(vector.tab)))).toBe('SIZE');
  });
});

describe('a head', () => {
  it('is a commit’s id as one field element', () => {
    fc.assert(
      fc.property(objectName, (name) => {
        expect(headOfField(headField(name))).toBe(name);
      })
    );
    expect(headOfField(1n)).toBe(`${'0'.repeat(39)}1`);
    expect(refusal(() => headOfField(1n << 160n))).toBe('RANGE');
    expect(refusal(() => headOfField(-1n))).toBe('RANGE');
    expect(refusal(() => headField('0x1'))).toBe('ENCODING');
  });

  it('is SHA-1 as node computes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(objectId(bytes)).toBe(createHash('sha1').update(bytes).digest('hex'));
      })
    );
    expect(objectId(utf8.encode('tree 0\0'))).toBe(EMPTY_TREE);
  });
});

it('the ref of a log is named by its tab, and by nothing that is not a key', () => {
  expect(notesRef(vector.tab)).toBe(vector.ref);
  for (const tab of ['', '../x', 'a b', `${vector.tab}.lock`])
    expect(refusal(() => notesRef(tab))).toBe('KEY');
});
