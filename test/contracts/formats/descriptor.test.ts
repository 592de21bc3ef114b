import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import {
  type Descriptor,
  type LocalDescriptor,
  MAX_DESCRIPTOR_BYTES,
  descriptorDigest,
} from '../../../contracts/formats/descriptor.ts';
import {
  encodeDescriptor,
  parseDescriptor,
  priceOf,
} from '../../../contracts/formats/descriptor.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import vector from '../../vectors/descriptor.json' with { type: 'json' };
import workflowVector from '../../vectors/workflow.json' with { type: 'json' };
import { descriptor as sample, workflowDescriptor } from '../../vectors/sample.ts';
import { refusal } from './refusal.ts';

const parse = (text: string): Descriptor => parseDescriptor(utf8.encode(text));
const code = (change: object) =>
  refusal(() => parseDescriptor(encodeJson({ ...sample, ...change })));

describe('a descriptor', () => {
  it('is the committed vector', () => {
    expect(utf8.decode(encodeDescriptor(sample))).toBe(vector.text);
    expect(parse(vector.text)).toEqual(sample);
    expect(Buffer.from(descriptorDigest(sample)).toString('hex')).toBe(vector.digest);
    expect(createHash('sha256').update(vector.text).digest('hex')).toBe(vector.digest);
  });

  it('of a forge has a workflow in place of phases', () => {
    expect(utf8.decode(encodeDescriptor(workflowDescriptor))).toBe(workflowVector.text);
    expect(parse(workflowVector.text)).toEqual(workflowDescriptor);
    const { job } = workflowDescriptor;
    for (const driver of ['github', 'gitlab']) {
      expect(code({ driver, job })).toBeUndefined();
      expect(code({ driver })).toBe('SHAPE');
    }
    expect(code({ job })).toBe('SHAPE');
    expect(code({ driver: 'gitea', job })).toBe('SHAPE');
  });

  it('I4: is written in one way', () => {
    expect(refusal(() => parse(`${vector.text}\n`))).toBe('ENCODING');
    expect(refusal(() => parse(JSON.stringify(sample, undefined, 1)))).toBe('ENCODING');
    expect(refusal(() => parse(vector.text.replace('—', '\\u2014')))).toBe('ENCODING');
  });

  it('has every field, and no other', () => {
    for (const name of Object.keys(sample)) {
      const rest = Object.fromEntries(Object.entries(sample).filter(([key]) => key !== name));
      expect(refusal(() => parseDescriptor(encodeJson(rest)))).toBe('SHAPE');
    }
    expect(code({ extra: 1 })).toBe('SHAPE');
    expect(refusal(() => encodeDescriptor({ ...sample, extra: 1 } as LocalDescriptor))).toBe(
      'SHAPE'
    );
  });

  it('has texts within their bounds', () => {
    for (const [name, most] of [
      ['name', 80],
      ['description', 8192],
      ['licence', 128],
    ] as const) {
      expect(code({ [name]: 'x'.repeat(most) })).toBeUndefined();
      expect(code({ [name]: 'x'.repeat(most + 1) })).toBe('SHAPE');
      expect(code({ [name]: '' })).toBe('SHAPE');
    }
  });

  it('names its source by an http address without user or fragment, and a full commit id', () => {
    const source = (change: object) => code({ source: { ...sample.source, ...change } });
    for (const repository of ['http://127.0.0.1:8080/r.git', 'https://h/r'])
      expect(source({ repository })).toBeUndefined();
    for (const repository of [
      'git@host:r.git',
      'ssh://host/r',
      'file:///etc',
      'ext::sh -c x',
      'https://user@host/r',
      'https://h/r#x',
      'https://h/ r',
      'https://',
      `https://${'h'.repeat(505)}`,
      '--upload-pack=x',
    ])
      expect(source({ repository })).toBe('SHAPE');
    for (const commit of ['HEAD', 'A'.repeat(40), '0'.repeat(39), '0'.repeat(41)])
      expect(source({ commit })).toBe('SHAPE');
  });

  it('has prices as decimal strings within the circuit’s bounds', () => {
    const price = (change: object) => code({ price: { ...sample.price, ...change } });
    expect(price({ base: `${2n ** 60n - 1n}`, perSecond: `${2n ** 36n - 1n}` })).toBeUndefined();
    expect(price({ base: `${2n ** 60n}` })).toBe('SHAPE');
    expect(price({ perSecond: `${2n ** 36n}` })).toBe('SHAPE');
    for (const base of ['-1', '01', '1.5', 1, '']) expect(price({ base })).toBe('SHAPE');
    expect(price({ token: 'OTHER' })).toBe('SHAPE');
    expect(priceOf(sample)).toEqual({ base: 10_000_000n, perSecond: 2_500_000n });
  });

  it('is of a version, driver and visibility that we know', () => {
    for (const change of [{ version: 2 }, { driver: 'ssh' }, { result: 'secret' }])
      expect(code(change)).toBe('SHAPE');
    expect(code({ result: 'sealed' })).toBeUndefined();
  });

  it('I2: has at most 256 KiB, to the byte', () => {
    const filled = (bytes: number): Descriptor => {
      const empty = encodeJson({ ...sample, parameters: { type: 'object', $comment: '' } }).length;
      return { ...sample, parameters: { type: 'object', $comment: 'x'.repeat(bytes - empty) } };
    };
    expect(encodeDescriptor(filled(MAX_DESCRIPTOR_BYTES))).toHaveLength(MAX_DESCRIPTOR_BYTES);
    expect(refusal(() => encodeDescriptor(filled(MAX_DESCRIPTOR_BYTES + 1)))).toBe('SIZE');
    expect(refusal(() => parseDescriptor(encodeJson(filled(MAX_DESCRIPTOR_BYTES + 1))))).toBe(
      'SIZE'
    );
  });
});
