import type { FieldSignature } from '../../contracts/formats/signature.ts';

export type { RunnerKey, VerifyFields };

/** Signs receipts and closings. The daemon never sees the private key itself. */
interface RunnerKey {
  readonly publicKey: string;
  sign(commitment: bigint): FieldSignature;
}

type VerifyFields = (commitment: bigint, signature: FieldSignature, publicKey: string) => boolean;
