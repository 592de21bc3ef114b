import { OracleError, type OracleCode } from '../../oracle/error.ts';
import type { LogReader } from '../logs.ts';

export { firstLogs };

/** Says nothing of the log, only that it cannot be read there. Anything else is an answer. */
const AWAY: readonly OracleCode[] = [
  'ADDRESS',
  'UNREACHABLE',
  'UNAUTHORIZED',
  'TIMEOUT',
  'LOG_MISSING',
  'OBJECT',
];

/**
 * Asks readers in turn until one has the log. A log that does not hold together is no reason to ask on:
 * it has to be shown.
 */
function firstLogs(readers: readonly LogReader[]): LogReader {
  async function first<T>(ask: (reader: LogReader) => Promise<T>, what: string): Promise<T> {
    const failures: OracleError[] = [];
    for (const reader of readers)
      try {
        return await ask(reader);
      } catch (error) {
        if (!(error instanceof OracleError) || !AWAY.includes(error.code)) throw error;
        failures.push(error);
      }
    // One that was away weighs more than those that were never asked.
    const telling = failures.filter(({ code }) => code !== 'ADDRESS');
    const shown = telling.length === 0 ? failures : telling;
    throw new OracleError(
      shown[0]?.code ?? 'ADDRESS',
      `${what} cannot be read just now: ${shown.map(({ message }) => message).join('; ')}`,
      { cause: new AggregateError(failures) }
    );
  }
  return {
    read: (source, options) =>
      first((reader) => reader.read(source, options), `the log of ${source.tab}`),
    tabs: (repository, options) =>
      first((reader) => reader.tabs(repository, options), `the list of logs in ${repository}`),
  };
}
