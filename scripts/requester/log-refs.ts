import { listServerRefs } from 'isomorphic-git';
import { isKey } from '../../contracts/formats/key.ts';
import { GitError } from '../../git/error.ts';
import { repositoryAddress, transport } from '../../git/transport.ts';

export { listLogs };

const PREFIX = 'refs/notes/runproof/';
const LIMITS = { bytes: 8 * 1024 * 1024, milliseconds: 30_000 };

/**
 * Addresses of the tabs whose logs a repository says it has.
 *
 * @throws GitError `ADDRESS`, `UNREACHABLE`, `TIMEOUT`, `TOO_LARGE`, `ABORTED`
 */
async function listLogs(
  repository: string,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<readonly string[]> {
  const url = repositoryAddress(repository);
  try {
    const refs = await listServerRefs({
      http: transport({ signal, ...LIMITS }),
      url,
      prefix: PREFIX,
      // One answer of plain lines, which every host still gives.
      protocolVersion: 1,
    });
    return refs
      .filter(({ ref }) => ref.startsWith(PREFIX))
      .map(({ ref }) => ref.slice(PREFIX.length))
      .filter(isKey);
  } catch (cause) {
    if (cause instanceof GitError) throw cause;
    throw new GitError('UNREACHABLE', `${url} did not answer as a git host`, { cause });
  }
}
