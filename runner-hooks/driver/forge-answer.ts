export { parseAnswer, orUndefined };

import * as v from 'valibot';
import { ForgeError } from './error.ts';

/** @throws {ForgeError} `answer` naming the first field that is not as expected */
function parseAnswer<S extends v.GenericSchema>(schema: S, answer: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'it';
  throw new ForgeError(
    'answer',
    `the forge's answer is not understood: ${where}: ${issue.message}`
  );
}

/** `undefined` for what the forge does not have. */
async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'not-found') return undefined;
    throw error;
  }
}
