import { listServerRefs } from 'isomorphic-git';
import { isKey } from '../../contracts/formats/key.ts';
import { GitError } from '../../git/error.ts';
import { repositoryAddress, transport } from '../../git/transport.ts';
import { OracleError } from '../../oracle/error.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import type { LogReader } from '../logs.ts';

export { gitLogs };

const PREFIX = 'refs/notes/runproof/';
const LIMITS = { bytes: 8 * 1024 * 1024, milliseconds: 30_000 };

/** Over git's own smart HTTP. */
const gitLogs: LogReader = { read: readLog, tabs: listLogs };

async function listLogs(
  repository: string,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<readonly string[]> {
  try {
    const refs = await listServerRefs({
      http: transport({ signal, ...LIMITS }),
      url: repositoryAddress(repository),
      prefix: PREFIX,
      // One answer of plain lines, which every host still gives.
      protocolVersion: 1,
    });
    return refs
      .filter(({ ref }) => ref.startsWith(PREFIX))
      .map(({ ref }) => ref.slice(PREFIX.length))
      .filter(isKey);
  } catch (cause) {
    if (signal?.aborted) throw new OracleError('ABORTED', 'reading was stopped', { cause });
    const known = cause instanceof GitError && KNOWN.find((code) => code === cause.code);
    if (known) throw new OracleError(known, cause.message, { cause });
    throw new OracleError('UNREACHABLE', `${repository} did not answer as a git host`, { cause });
  }
}

const KNOWN = ['ADDRESS', 'UNREACHABLE', 'UNAUTHORIZED', 'TIMEOUT', 'TOO_LARGE'] as const;
