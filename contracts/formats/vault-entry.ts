import * as v from 'valibot';
import { type Binding, BindingSchema } from './credential.ts';
import { FormatError } from './error.ts';
import { encodeJson, check, parseJson } from './json.ts';
import { MODULUS } from './field.ts';

export {
  MAX_VAULT_BYTES,
  commitmentHex,
  type VaultEntry,
  encodeVaultEntry,
  parseVaultEntry,
  assertBound,
};

/** A raw block on IPFS: base 64 of what is sealed, and what stands around it. */
const MAX_VAULT_BYTES = 384 * 1024;
/** Base 64 of a class of 256 KiB, and of what age puts around it. */
const MAX_SEALED_CHARS = Math.ceil((272 * 1024) / 3) * 4;

const commitmentHex = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
  v.check((hex) => BigInt(`0x${hex}`) < MODULUS, 'expected a field element')
);

const EntrySchema = v.strictObject({
  version: v.literal(1),
  ...BindingSchema.entries,
  /** Of the keyset whose recipients it is sealed to: of a later one, no key opens it any more. */
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  commitment: commitmentHex,
  /** An age file, base 64. */
  sealed: v.pipe(v.string(), v.maxLength(MAX_SEALED_CHARS)),
});
/** What everybody sees of a secret: what it is bound to, and its commitment. */
type VaultEntry = v.InferOutput<typeof EntrySchema>;

function encodeVaultEntry(entry: VaultEntry): Uint8Array {
  const block = encodeJson(check(EntrySchema, entry, 'vault entry'));
  parseJson(block, MAX_VAULT_BYTES);
  return block;
}

/** The part of a block that needs no key. */
const parseVaultEntry = (block: Uint8Array): VaultEntry =>
  check(EntrySchema, parseJson(block, MAX_VAULT_BYTES), 'vault entry');

/** @throws FormatError `COMMITMENT` for what is bound to another network, service, tab or purpose (K3) */
function assertBound(found: Binding, wanted: Binding): void {
  for (const name of ['network', 'service', 'tab', 'purpose'] as const)
    if (found[name] !== wanted[name])
      throw new FormatError(
        'COMMITMENT',
        `the secret is bound to ${name} ${String(found[name])}, not to ${String(wanted[name])}`
      );
}
