import type { LogEntry } from '../oracle/read/entry.ts';

export type { LogEntry, LogReader };

/** Reads the logs that providers keep in git. However it gets at them, it believes no host. */
interface LogReader {
  /**
   * The log of a tab from its genesis, or what follows the commit `from`, oldest first; empty where
   * there is nothing (yet).
   *
   * @param source.repository address, as a keyset's `log` names it
   * @param source.endpoint as a keyset names it: tells the newest note, should the repository be away
   * @throws OracleError for a log that does not hold together, or a host that is away
   */
  read(
    source: {
      readonly repository: string;
      readonly tab: string;
      readonly from?: string;
      readonly endpoint?: string | null;
    },
    options?: { readonly signal?: AbortSignal }
  ): Promise<readonly LogEntry[]>;
  /**
   * Addresses of the tabs whose logs a repository says it has.
   *
   * @throws OracleError `UNREACHABLE`, `TIMEOUT`, `ADDRESS`, `ABORTED`, …
   */
  tabs(repository: string, options?: { readonly signal?: AbortSignal }): Promise<readonly string[]>;
}
