export { MinaNetworkError, CommandRefused };
export type { MinaNetworkErrorCode, RefusalCode };

type MinaNetworkErrorCode =
  | 'JOURNAL_DAMAGED'
  | 'JOURNAL_VERSION'
  | 'JOURNAL_UNWRITABLE'
  | 'DATA_FOLDER_IN_USE'
  | 'GENESIS_MISMATCH'
  | 'INVALID_OPTION'
  | 'PORT_IN_USE'
  | 'REORG_TOO_DEEP'
  | 'SPAWN_FAILED'
  | 'STOPPED';

/** The network itself can't start or go on. */
class MinaNetworkError extends Error {
  override readonly name = 'MinaNetworkError';
  constructor(
    readonly code: MinaNetworkErrorCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

type RefusalCode =
  | 'MALFORMED'
  | 'INCOMPATIBLE_VERSION'
  | 'INSUFFICIENT_FEE'
  | 'ZERO_VESTING_PERIOD'
  | 'TOO_EXPENSIVE'
  | 'INVALID_AUTHORIZATION'
  | 'INVALID_SIGNATURE'
  | 'INVALID_VERIFICATION_KEY'
  | 'INVALID_PROOF'
  | 'INVALID_NONCE'
  | 'INSUFFICIENT_FUNDS'
  | 'EXPIRED'
  | 'DUPLICATE'
  | 'POOL_FULL';

/** `sendZkapp` was given a command that a node would not let into its pool: no fee is charged. */
class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
  constructor(
    readonly code: RefusalCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
