import { FormatError, type FormatCode } from '../../../contracts/formats/error.ts';

export { CODES, refusal, refusalOf };

/** Kept complete by the compiler: a new code has to be written here, and so into SPEC.md. */
const CODES = {
  SIZE: true,
  MAGIC: true,
  VERSION: true,
  RANGE: true,
  ENCODING: true,
  SHAPE: true,
  CID: true,
  KEY: true,
  PARAMETERS: true,
  ENVELOPE: true,
  COMMITMENT: true,
} as const satisfies Record<FormatCode, true>;

/**
 * Code that `run` was refused with, or `undefined` if it was not refused. Any other error is thrown
 * on: callers of a parser catch `FormatError` and nothing else.
 */
function refusal(run: () => unknown): FormatCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

async function refusalOf(promise: Promise<unknown>): Promise<FormatCode | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): FormatCode {
  if (!(error instanceof FormatError)) throw error;
  if (!(error.code in CODES)) throw new Error(`code ${error.code} is not in the closed list`);
  return error.code;
}
