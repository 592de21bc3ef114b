import { assertUint } from './bytes.ts';
import { FormatError } from './error.ts';
import { assertField, fromHalves, halves } from './field.ts';

export { SERVICE_LAYOUT, type ServiceState, encodeServiceState, parseServiceState };

/** A service's account state. */
interface ServiceState {
  /** SHA-256 of the descriptor block. Never changes. */
  readonly descriptor: Uint8Array;
  /** See `keyHash`. */
  readonly owner: bigint;
  readonly runner: bigint;
  /** SHA-256 of the keyset block. */
  readonly keyset: Uint8Array;
  /** Counts rotations. */
  readonly epoch: number;
  readonly paused: boolean;
}

/** State field 7. */
const SERVICE_LAYOUT = 1n;

const encodeServiceState = (state: ServiceState): readonly bigint[] => [
  ...halves(state.descriptor),
  assertField(state.owner, 'owner'),
  assertField(state.runner, 'runner'),
  ...halves(state.keyset),
  assertUint(state.epoch, 32, 'epoch') + (BigInt(state.paused) << 32n),
  SERVICE_LAYOUT,
];

function parseServiceState(fields: readonly bigint[]): ServiceState {
  if (fields.length !== 8)
    throw new FormatError('SIZE', `8 state fields expected, ${fields.length} given`);
  const [d0, d1, owner, runner, k0, k1, packed, layout] = fields as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (layout !== SERVICE_LAYOUT)
    throw new FormatError(
      'VERSION',
      `service layout ${layout} is not known, only ${SERVICE_LAYOUT}`
    );
  assertUint(packed, 33, 'epoch and flags');
  return {
    descriptor: fromHalves(d0, d1),
    owner: assertField(owner, 'owner'),
    runner: assertField(runner, 'runner'),
    keyset: fromHalves(k0, k1),
    epoch: Number(packed & 0xffffffffn),
    paused: packed >> 32n === 1n,
  };
}
