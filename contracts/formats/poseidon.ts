import { MODULUS as P, assertField } from './field.ts';
import { DOMAIN, type Domain } from './domain.ts';
import { FULL_ROUNDS, MDS, ROUND_CONSTANTS } from './poseidon-constants.ts';

export { hash, hashIn, absorb, OPENING_STATE, type State };

/** The sponge between two permutations. */
type State = readonly [bigint, bigint, bigint];
const OPENING_STATE: State = [0n, 0n, 0n];

/**
 * Poseidon over Pallas with Mina's parameters (t = 3, rate 2, x^7, 55 full rounds, round constants
 * added last), equal to o1js's `Poseidon.hash`.
 *
 * noble's own `poseidon` refuses an odd number of full rounds, hence these few lines.
 */
function hash(input: readonly bigint[]): bigint {
  return absorb(OPENING_STATE, input)[0];
}

/** Goes on from any state, such as one that holds a prefix already: o1js's `Poseidon.update`. */
function absorb(state: State, input: readonly bigint[]): State {
  for (let i = 0; i < Math.max(input.length, 1); i += 2)
    state = permute([
      state[0] + assertField(input[i] ?? 0n, `element ${i}`),
      state[1] + assertField(input[i + 1] ?? 0n, `element ${i + 1}`),
      state[2],
    ]);
  return state;
}

/** `hash` with the domain's prefix in front. */
const hashIn = (domain: Domain, ...input: readonly bigint[]): bigint =>
  hash([DOMAIN[domain], ...input]);

/** Sums are reduced once a row: bigints have room, and the division is what costs. */
function permute(state: State): State {
  for (let round = 0; round < FULL_ROUNDS; round++) {
    const [a, b, c] = [seventh(state[0]), seventh(state[1]), seventh(state[2])];
    const row = (i: 0 | 1 | 2): bigint =>
      (MDS[i]![0] * a + MDS[i]![1] * b + MDS[i]![2] * c + ROUND_CONSTANTS[round]![i]) % P;
    state = [row(0), row(1), row(2)];
  }
  return state;
}

function seventh(x: bigint): bigint {
  const square = (x * x) % P;
  const fourth = (square * square) % P;
  return (((fourth * square) % P) * x) % P;
}
