export { ChainError, type ChainCode };

/** Closed: `SPEC.md` lists every code. */
type ChainCode =
  /** No endpoint answered. */
  | 'UNREACHABLE'
  /** A wait took longer than it may. */
  | 'TIMEOUT'
  /** An answer exceeds the size that we read. */
  | 'TOO_LARGE'
  /** An answer is not of the shape asked for, or answers another question. */
  | 'MALFORMED'
  /** The node answered a query with an error. */
  | 'QUERY_FAILED'
  | 'WRONG_NETWORK'
  | 'NOT_SYNCED'
  | 'NO_ACCOUNT'
  /** The archive contradicts the node, or lags so far behind that nothing can be told. */
  | 'ARCHIVE_MISMATCH'
  /** What was asked of a builder has no transaction. */
  | 'INVALID'
  /** The transaction exceeds a limit of the protocol. */
  | 'LIMIT'
  /** A private key is missing, malformed or not one of the command's signers. */
  | 'KEY'
  /** From here on: why a node let no command into its pool. */
  | 'REFUSED'
  | 'NONCE'
  | 'UNFUNDED'
  | 'FEE'
  | 'EXPIRED'
  | 'POOL_FULL';

/** Thrown by this folder where the chain, a node or a caller stands in the way. */
class ChainError extends Error {
  override readonly name = 'ChainError';

  constructor(
    readonly code: ChainCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
