import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { BOUND, type Price } from './amount.ts';
import { JobSchema, LimitsSchema, WorkflowSchema } from './job.ts';
import { check, decimal, encodeJson, parseJson } from './json.ts';
import { ParameterSchema } from './parameters.ts';

export {
  MAX_DESCRIPTOR_BYTES,
  DescriptorSchema,
  type Descriptor,
  type LocalDescriptor,
  encodeDescriptor,
  parseDescriptor,
  descriptorDigest,
  priceOf,
};

const MAX_DESCRIPTOR_BYTES = 256 * 1024;

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max));

const common = {
  version: v.literal(1),
  name: text(80),
  description: text(8_192),
  source: v.strictObject({
    repository: v.pipe(text(512), v.regex(/^https?:\/\/[^\s@#]+$/, 'expected an http(s) address')),
    commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits')),
  }),
  parameters: ParameterSchema,
  price: v.strictObject({
    base: decimal((1n << BigInt(BOUND.base)) - 1n),
    perSecond: decimal((1n << BigInt(BOUND.perSecond)) - 1n),
    token: v.literal('MINA'),
  }),
  limits: LimitsSchema,
  result: v.picklist(['public', 'sealed']),
  licence: text(128),
};

/** What a service is. It never changes: another source, price or driver is another service. */
const DescriptorSchema = v.variant('driver', [
  v.strictObject({ ...common, driver: v.literal('local'), job: JobSchema }),
  v.strictObject({ ...common, driver: v.picklist(['github', 'gitlab']), job: WorkflowSchema }),
]);
type Descriptor = v.InferOutput<typeof DescriptorSchema>;
type LocalDescriptor = Extract<Descriptor, { driver: 'local' }>;

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
