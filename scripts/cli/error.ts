import { RequesterError } from '../../requester/error.ts';

export { CliError, type CliCode, sentenceOf };

/** What a person or a script did that the command line cannot work with. */
type CliCode = 'USAGE' | 'SETTINGS' | 'KEY_FILE' | 'NOT_FOUND' | 'FAILED';

class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly code: CliCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

/** System errors in words, with what to do. */
const SYSTEM: Readonly<Record<string, (error: NodeJS.ErrnoException) => string>> = {
  EADDRINUSE: (e) => `The address is in use${at(e)}; stop what uses it or choose another port.`,
  EACCES: (e) => `No permission for ${e.path ?? 'this'}; check its owner and mode.`,
  ENOSPC: (e) =>
    `The disk is full${e.path === undefined ? '' : ` (${e.path})`}; free room and start again.`,
  ENOENT: (e) => `${e.path ?? 'A file'} does not exist; check the path.`,
  ECONNREFUSED: (e) => `Nobody answers${at(e)}; is it running?`,
};

const at = (e: NodeJS.ErrnoException): string => {
  const { address, port } = e as { address?: string; port?: number };
  return port === undefined ? '' : ` (${address ?? 'localhost'}:${port})`;
};

/** How the command line does what the sentences of the requester's side advise, by their code. */
const OPTIONS: Readonly<Record<string, string>> = {
  UPLOAD: '--upload and --upload-token name where blocks go.',
  ENDPOINT: '--ring sends it through the chain, `job show` tells what became of it.',
  TIMEOUT: '`job show` and `tab show` look again.',
  NOT_FOUND: '--tab, --service and --log say where to look.',
};

/** One sentence and a code for any error that ends a command. */
function sentenceOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return { code: 'UNKNOWN', message: error.message };
  if (error instanceof RequesterError && code in OPTIONS)
    return { code, message: `${error.message} ${OPTIONS[code]}` };
  return { code, message: SYSTEM[code]?.(error) ?? error.message };
}
