import { Encrypter, generateHybridIdentity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Envelope,
  MAX_ENVELOPE_BYTES,
  SIZE_CLASSES,
} from '../../../contracts/formats/envelope.ts';
import { openEnvelope, sealEnvelope } from '../../../contracts/formats/envelope.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import vector from '../../vectors/envelope.json' with { type: 'json' };
import { IDENTITY, RECIPIENT, envelope as sample } from '../../vectors/sample.ts';
import { refusalOf } from './refusal.ts';

const sealed = Uint8Array.from(Buffer.from(vector.sealed, 'base64'));
const withSecret = (length: number): Envelope => ({
  ...sample,
  parameters: { x: 'x'.repeat(length) },
});
const contentBytes = (envelope: Envelope): number => encodeJson(envelope).length;

/** Sealed by somebody who does not use our encoder. */
async function sealRaw(padded: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(RECIPIENT);
  return encrypter.encrypt(padded);
}

function padded(content: Uint8Array, size: number, length = content.length): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(content, 4);
  return bytes;
}

describe('an envelope', () => {
  let stranger = { identity: '', recipient: '' };
  beforeAll(async () => {
    const identity = await generateHybridIdentity();
    stranger = { identity, recipient: await identityToRecipient(identity) };
  });

  it('opens the committed vector', async () => {
    expect(vector.identity).toBe(IDENTITY);
    expect(await openEnvelope(sealed, [IDENTITY])).toEqual(vector.value);
  });

  it('K2: opens for every listed recipient and for nobody else', async () => {
    const both = await sealEnvelope(sample, [RECIPIENT, stranger.recipient]);
    expect(await openEnvelope(both, [IDENTITY])).toEqual(sample);
    expect(await openEnvelope(both, [stranger.identity])).toEqual(sample);
    const one = await sealEnvelope(sample, [RECIPIENT]);
    expect(await refusalOf(openEnvelope(one, [stranger.identity]))).toBe('ENVELOPE');
    expect(await refusalOf(openEnvelope(one, []))).toBe('ENVELOPE');
    expect(await openEnvelope(one, [stranger.identity, IDENTITY])).toEqual(sample);
  });

  it('K1: shows nothing of its content, and seals differently each time', async () => {
    const [one, two] = await Promise.all([
      sealEnvelope(sample, [RECIPIENT]),
      sealEnvelope(sample, [RECIPIENT]),
    ]);
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false);
    for (const word of ['not a real one', sample.tab, 'parameters'])
      expect(Buffer.from(one).includes(word)).toBe(false);
  });

  it('is as long as its size class, whatever is in it', async () => {
    const overhead = sealed.length - SIZE_CLASSES[0]!;
    const empty = contentBytes(withSecret(0));
    const lengthWith = async (content: number): Promise<number> =>
      (await sealEnvelope(withSecret(content - empty), [RECIPIENT])).length;
    expect(await lengthWith(empty)).toBe(SIZE_CLASSES[0]! + overhead);
    expect(await lengthWith(SIZE_CLASSES[0]! - 4)).toBe(SIZE_CLASSES[0]! + overhead);
    expect(await lengthWith(SIZE_CLASSES[0]! - 3)).toBe(SIZE_CLASSES[1]! + overhead);
    expect(await lengthWith(SIZE_CLASSES[1]! - 4)).toBe(SIZE_CLASSES[1]! + overhead);
  });

  it('I2: ends at the largest class, and stays below its bound with four recipients', async () => {
    const most = SIZE_CLASSES.at(-1)! - 4;
    const rest = most - contentBytes(withSecret(0));
    const full = await sealEnvelope(withSecret(rest), Array<string>(4).fill(RECIPIENT));
    expect(full.length).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    expect(contentBytes(await openEnvelope(full, [IDENTITY]))).toBe(most);
    expect(await refusalOf(sealEnvelope(withSecret(rest + 1), [RECIPIENT]))).toBe('SIZE');
    expect(await refusalOf(openEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1), [IDENTITY]))).toBe(
      'SIZE'
    );
  });

  it('K3: with any byte changed is refused', async () => {
    const places = fc.sample(fc.nat(sealed.length - 1), 60).concat([0, sealed.length - 1]);
    for (const place of places) {
      const changed = Uint8Array.from(sealed);
      changed[place]! ^= 1;
      expect(await refusalOf(openEnvelope(changed, [IDENTITY]))).toBe('ENVELOPE');
    }
  });

  it('I4: cut, lengthened or made up is refused', async () => {
    for (const bytes of [
      sealed.slice(0, -1),
      sealed.slice(0, 100),
      Uint8Array.of(),
      Uint8Array.from([...sealed, 0]),
      Uint8Array.from(sealed).reverse(),
    ])
      expect(await refusalOf(openEnvelope(bytes, [IDENTITY]))).toBe('ENVELOPE');
  });

  it('I4: is padded with zeros, to the smallest class, with a true length', async () => {
    const content = encodeJson(sample);
    const [small, next] = SIZE_CLASSES as [number, number];
    const open = async (bytes: Uint8Array) =>
      refusalOf(openEnvelope(await sealRaw(bytes), [IDENTITY]));
    expect(await open(padded(content, small))).toBeUndefined();
    expect(await open(padded(content, next))).toBe('ENVELOPE');
    expect(await open(padded(content, small - 1))).toBe('ENVELOPE');
    expect(await open(padded(content, small, content.length + 1))).toBe('ENCODING');
    expect(await open(padded(content, small, content.length - 1))).toBe('ENVELOPE');
    expect(await open(padded(content, small, 0xffffffff))).toBe('SIZE');
    expect(await open(Uint8Array.of(0, 0))).toBe('SIZE');
    const hidden = padded(content, small);
    hidden[small - 1] = 1;
    expect(await open(hidden)).toBe('ENVELOPE');
  });

  it('has its fields, within their bounds', async () => {
    const open = async (change: object) => {
      const content = encodeJson({ ...sample, ...change });
      const size = SIZE_CLASSES.find((max) => content.length + 4 <= max)!;
      return refusalOf(openEnvelope(await sealRaw(padded(content, size)), [IDENTITY]));
    };
    expect(
      await open({ sequence: 2 ** 32 - 1, secrets: { A: 'x'.repeat(32_768) } })
    ).toBeUndefined();
    for (const change of [
      { version: 2 },
      { extra: 1 },
      { sequence: 0 },
      { sequence: 2 ** 32 },
      { tab: 'B62' },
      { network: 'n'.repeat(32) },
      { parameters: 1 },
      { secrets: { 'A=B': 'x' } },
      { secrets: { [`A${'a'.repeat(64)}`]: 'x' } },
      { secrets: { A: 'x'.repeat(32_769) } },
      { secrets: { A: 1 } },
      { reply: 'age1' },
    ])
      expect(await open(change)).toBe('SHAPE');
    expect(await refusalOf(sealEnvelope({ ...sample, sequence: 0 }, [RECIPIENT]))).toBe('SHAPE');
  });

  it('drops no name silently', async () => {
    const parameters = JSON.parse('{"__proto__":{"x":1}}') as Envelope['parameters'];
    expect(await refusalOf(sealEnvelope({ ...sample, parameters }, [RECIPIENT]))).toBe('ENCODING');
  });

  it('is not sealed to nobody, or to what is no recipient', async () => {
    for (const recipients of [[], ['age1'], [IDENTITY]])
      expect(await refusalOf(sealEnvelope(sample, recipients))).toBe('ENVELOPE');
  });
});
