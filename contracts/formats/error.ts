export { FormatError, type FormatCode };

/** What was wrong with bytes that somebody handed us. Closed: `SPEC.md` lists every code. */
type FormatCode =
  | 'SIZE'
  | 'MAGIC'
  | 'VERSION'
  | 'RANGE'
  | 'ENCODING'
  | 'SHAPE'
  | 'CID'
  | 'KEY'
  | 'PARAMETERS'
  | 'ENVELOPE'
  | 'COMMITMENT';

/** Thrown by every parser of this folder: these bytes are not what an encoder of ours would write. */
class FormatError extends Error {
  override readonly name = 'FormatError';

  constructor(
    readonly code: FormatCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
