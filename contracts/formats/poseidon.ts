import { Field } from '@noble/curves/abstract/modular.js';
import { MODULUS, assertField } from './field.ts';
import { DOMAIN, type Domain } from './domain.ts';
import { FULL_ROUNDS, MDS, ROUND_CONSTANTS } from './poseidon-constants.ts';

export { hash, hashIn };

const Fp = Field(MODULUS);
type State = [bigint, bigint, bigint];

/**
 * Poseidon over Pallas with Mina's parameters (t = 3, rate 2, x^7, 55 full rounds, round constants
 * added last), equal to o1js's `Poseidon.hash`.
 *
 * noble's own `poseidon` refuses an odd number of full rounds, hence these few lines on its field.
 */
function hash(input: readonly bigint[]): bigint {
  let state: State = [0n, 0n, 0n];
  for (let i = 0; i < Math.max(input.length, 1); i += 2)
    state = permute([
      Fp.add(state[0], assertField(input[i] ?? 0n, `element ${i}`)),
      Fp.add(state[1], assertField(input[i + 1] ?? 0n, `element ${i + 1}`)),
      state[2],
    ]);
  return state[0];
}

/** `hash` with the domain's prefix in front. */
const hashIn = (domain: Domain, ...input: readonly bigint[]): bigint =>
  hash([DOMAIN[domain], ...input]);

function permute(state: State): State {
  for (let round = 0; round < FULL_ROUNDS; round++) {
    const boxed = state.map((x) => Fp.pow(x, 7n));
    state = MDS.map((row, i) =>
      row.reduce((sum, m, j) => Fp.add(sum, Fp.mul(m, boxed[j]!)), ROUND_CONSTANTS[round]![i]!)
    ) as State;
  }
  return state;
}
