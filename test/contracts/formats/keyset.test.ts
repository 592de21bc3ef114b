import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { MAX_KEYSET_BYTES, encodeKeyset, parseKeyset } from '../../../contracts/formats/keyset.ts';
import vector from '../../vectors/keyset.json' with { type: 'json' };
import { keyset as sample } from '../../vectors/sample.ts';
import { refusal } from './refusal.ts';

const code = (change: object) => refusal(() => parseKeyset(encodeJson({ ...sample, ...change })));

describe('a keyset', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeKeyset(sample))).toBe(vector.text);
    expect(parseKeyset(utf8.encode(vector.text))).toEqual(sample);
  });

  it('I4: is written in one way, with every field and no other', () => {
    expect(refusal(() => parseKeyset(utf8.encode(`${vector.text} `)))).toBe('ENCODING');
    for (const name of Object.keys(sample)) {
      const rest = Object.fromEntries(Object.entries(sample).filter(([key]) => key !== name));
      expect(refusal(() => parseKeyset(encodeJson(rest)))).toBe('SHAPE');
    }
    expect(code({ extra: 1 })).toBe('SHAPE');
  });

  it('has one to four post-quantum recipients', () => {
    const [recipient] = sample.recipients as [string];
    expect(code({ recipients: [] })).toBe('SHAPE');
    expect(code({ recipients: Array(4).fill(recipient) })).toBeUndefined();
    expect(code({ recipients: Array(5).fill(recipient) })).toBe('SHAPE');
    expect(code({ recipients: ['age1qyqszqgpqyqszqgpqyqszqgp'] })).toBe('SHAPE');
    expect(code({ recipients: ['age1pq1A'] })).toBe('SHAPE');
  });

  it('has keys of Mina for runner and payee', () => {
    for (const name of ['runner', 'payee'])
      for (const key of ['', 'B62', `${sample.runner} `, 1])
        expect(code({ [name]: key })).toBe('SHAPE');
  });

  it('has an epoch of 32 bits', () => {
    expect(code({ epoch: 2 ** 32 - 1 })).toBeUndefined();
    for (const epoch of [-1, 2 ** 32, 0.5, '1']) expect(code({ epoch })).toBe('SHAPE');
  });

  it('has at most 16 peers, and addresses without user or fragment', () => {
    expect(code({ peers: Array(16).fill('/ip4/192.0.2.1/tcp/1') })).toBeUndefined();
    expect(code({ peers: Array(17).fill('/ip4/192.0.2.1/tcp/1') })).toBe('SHAPE');
    expect(code({ peers: ['192.0.2.1'] })).toBe('SHAPE');
    expect(code({ endpoint: 'http://127.0.0.1:1' })).toBeUndefined();
    for (const address of ['ftp://h', 'https://u@h', 'https://h#f', 'https://h h', '']) {
      expect(code({ endpoint: address })).toBe('SHAPE');
      expect(code({ log: address })).toBe('SHAPE');
    }
    expect(code({ log: null })).toBe('SHAPE');
  });

  it('I2: that would not be read for its size is not written', () => {
    const recipients = Array<string>(4).fill(`age1pq1${'q'.repeat(4096)}`);
    const peers = (char: string) => Array<string>(16).fill(`/${char.repeat(511)}`);
    expect(encodeKeyset({ ...sample, recipients, peers: peers('x') }).length).toBeLessThan(
      MAX_KEYSET_BYTES
    );
    expect(refusal(() => encodeKeyset({ ...sample, recipients, peers: peers('"') }))).toBe('SIZE');
  });
});
