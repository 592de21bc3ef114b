import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { BOUND, type Price } from './amount.ts';
import { JobSchema, LimitsSchema } from './job.ts';
import { check, decimal, encodeJson, parseJson } from './json.ts';
import { ParameterSchema } from './parameters.ts';

export {
  MAX_DESCRIPTOR_BYTES,
  DescriptorSchema,
  type Descriptor,
  encodeDescriptor,
  parseDescriptor,
  descriptorDigest,
  priceOf,
};

const MAX_DESCRIPTOR_BYTES = 256 * 1024;

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max));

/** What a service is. It never changes: another source, price or driver is another service. */
const DescriptorSchema = v.strictObject({
  version: v.literal(1),
  name: text(80),
  description: text(8_192),
  source: v.strictObject({
    repository: v.pipe(text(512), v.regex(/^https?:\/\/[^\s@#]+$/, 'expected an http(s) address')),
    commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits')),
  }),
  job: JobSchema,
  driver: v.literal('local'),
  parameters: ParameterSchema,
  price: v.strictObject({
    base: decimal((1n << BigInt(BOUND.base)) - 1n),
    perSecond: decimal((1n << BigInt(BOUND.perSecond)) - 1n),
    token: v.literal('MINA'),
  }),
  limits: LimitsSchema,
  result: v.picklist(['public', 'sealed']),
  licence: text(128),
});
type Descriptor = v.InferOutput<typeof DescriptorSchema>;

function encodeDescriptor(descriptor: Descriptor): Uint8Array {
  check(DescriptorSchema, descriptor, 'descriptor');
  const bytes = encodeJson(descriptor);
  parseJson(bytes, MAX_DESCRIPTOR_BYTES);
  return bytes;
}

const parseDescriptor = (bytes: Uint8Array): Descriptor =>
  check(DescriptorSchema, parseJson(bytes, MAX_DESCRIPTOR_BYTES), 'descriptor');

/** SHA-256 of the block, which the Service account holds for ever. */
const descriptorDigest = (descriptor: Descriptor): Uint8Array =>
  sha256(encodeDescriptor(descriptor));

const priceOf = ({ price }: Descriptor): Price => ({
  base: BigInt(price.base),
  perSecond: BigInt(price.perSecond),
});
