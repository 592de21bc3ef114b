export { WalletError, type WalletCode, type WalletProblem, fromProvider };

/** Auro's documented codes, and ours for what no provider says. */
type WalletCode =
  | 'DISCONNECTED' // 1001
  | 'REJECTED' // 1002
  | 'NO_WALLET' // 20001
  | 'VERIFY_FAILED' // 20002
  | 'PARAMETERS' // 20003
  | 'UNSUPPORTED_CHAIN' // 20004
  | 'PENDING' // 20005
  | 'UNSUPPORTED_METHOD' // 20006
  | 'INTERNAL' // 21001
  | 'UNSPECIFIED' // 22001
  | 'ORIGIN' // 23001
  | 'NOT_CONNECTED'
  | 'WRONG_NETWORK'
  | 'WRONG_ACCOUNT'
  | 'CHANGED' // the wallet signed something else than what it was given
  | 'MALFORMED'; // the wallet's answer is not of the documented shape

interface WalletProblem {
  readonly code: WalletCode;
  /** One sentence: what is wrong and what to do. */
  readonly message: string;
}

class WalletError extends Error {
  override readonly name = 'WalletError';

  constructor(
    readonly code: WalletCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

const SENTENCES: Readonly<Record<number, readonly [WalletCode, string]>> = {
  1001: ['DISCONNECTED', 'The wallet is not connected to this page; connect it and try again.'],
  1002: ['REJECTED', 'You declined in the wallet; nothing was sent.'],
  20001: ['NO_WALLET', 'The wallet has no account yet; create or restore one in it first.'],
  20002: ['VERIFY_FAILED', 'The wallet could not verify the signature; try again.'],
  20003: ['PARAMETERS', 'The wallet found the request invalid; update the wallet and try again.'],
  20004: ['UNSUPPORTED_CHAIN', 'The wallet does not know this network; add it in the wallet.'],
  20005: ['PENDING', 'Another request waits in the wallet; open it, answer that one, try again.'],
  20006: ['UNSUPPORTED_METHOD', 'The wallet is too old for this; update it and try again.'],
  21001: ['INTERNAL', 'The wallet failed inside; reopen it and try again.'],
  22001: ['UNSPECIFIED', 'The wallet failed without saying why; reopen it and try again.'],
  23001: [
    'ORIGIN',
    'The wallet asked another page for this; reload this page, connect again, and try again.',
  ],
};

/**
 * What a provider threw or answered in place of a result, in words of ours: a wallet's message is
 * shown nowhere, since any extension may have injected it.
 */
function fromProvider(error: unknown): WalletError {
  if (error instanceof WalletError) return error;
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const [name, sentence] =
    (typeof code === 'number' ? SENTENCES[code] : undefined) ?? SENTENCES[22001]!;
  return new WalletError(name, sentence, { cause: error });
}
