import { Provable, type ProvableType } from 'o1js';
import { runAndCheckGates } from './gates.ts';

export { proven };

/**
 * Runs a program's method on variables, as a prover does, and evaluates every gate: on constants, o1js
 * would only compute.
 *
 * @param types of the private inputs, which the prover chooses freely
 * @param output type of the public output
 * @returns the public output, element by element
 */
async function proven<I extends unknown[], O>(
  types: readonly ProvableType[],
  method: (...inputs: I) => Promise<{ publicOutput: O }>,
  inputs: I,
  output: { toFields(output: O): { toBigInt(): bigint }[] }
): Promise<bigint[]> {
  let said: bigint[] = [];
  await runAndCheckGates(async () => {
    const variables = types.map((type, i): unknown =>
      Provable.witness(type, (): unknown => inputs[i])
    ) as I;
    const { publicOutput } = await method(...variables);
    Provable.asProver(
      () => (said = output.toFields(publicOutput).map((field) => field.toBigInt()))
    );
  });
  return said;
}
