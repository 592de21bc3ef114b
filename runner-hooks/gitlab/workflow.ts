export { workflowDigest };

import { createHash } from 'node:crypto';
import { quoted } from '../../contracts/formats/shell-word.ts';
import { digestAt } from '../github/workflow.ts';
import type { JobResponse } from './job-response.ts';
import { workflowPath } from './origin.ts';
import { INSIDE } from './room.ts';
import { type Stage, runStage } from './stage.ts';

/** Of all objects on the way to the file. */
const MAX_BYTES = 16 * 2 ** 20;
/** Whatever the repository's own configuration says. */
const GIT = 'git -c core.fsmonitor=false -c safe.directory=* -c core.hooksPath=/dev/null';

/**
 * SHA-256 of the pipeline's file, hex, as it was at the commit. git runs in the sandbox, in a checkout that is
 * the job's; each object on the way is hashed again, so that a job can hide the file, but not show another.
 *
 * @returns `null` where the checkout does not hold it, as with `GIT_STRATEGY: none` or a file of another project
 * @throws {SandboxError}
 */
async function workflowDigest(
  response: JobResponse,
  stage: Omit<Stage, 'network'>
): Promise<string | null> {
  const { repo_url, sha: commit } = response.git_info;
  if (!URL.canParse(repo_url) || !/^[0-9a-f]{40}$/.test(commit)) return null;
  const project = new URL(repo_url).pathname.replace(/\.git$/, '');
  const path = workflowPath(response);
  const folders = path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'));
  const names = [commit, ...[...folders, path].map((name) => `${commit}:${name}`)];
  const script = `
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1 GIT_NO_LAZY_FETCH=1
exec ${GIT} -C ${quoted(INSIDE.builds + project)} cat-file --batch 2> /dev/null <<'END'
${names.join('\n')}
END
`;
  const chunks: Buffer[] = [];
  const { exitStatus } = await runStage({
    ...stage,
    script: Buffer.from(script),
    network: 'none',
    limits: { ...stage.limits, seconds: 60, logBytes: MAX_BYTES },
    onOutput: (chunk) => void chunks.push(chunk),
  });
  if (exitStatus !== 0) return null;
  const objects = objectsIn(Buffer.concat(chunks));
  const digest = await digestAt({ commit, path }, (type, id) => objects.get(`${type} ${id}`));
  return digest ?? null;
}

/** What `git cat-file --batch` answers, by type and by the SHA-1 that is really theirs. */
function objectsIn(answer: Buffer): ReadonlyMap<string, Buffer> {
  const objects = new Map<string, Buffer>();
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf('\n', at);
    if (end === -1) break;
    const head = /^[0-9a-f]{40} (commit|tree|blob) (\d{1,9})$/.exec(
      answer.toString('latin1', at, end)
    );
    at = end + 1;
    // `<name> missing`
    if (head === null) continue;
    const [, type, size] = head;
    const content = answer.subarray(at, at + Number(size));
    at += Number(size) + 1;
    const hash = createHash('sha1').update(`${type} ${size}\0`).update(content).digest('hex');
    objects.set(`${type} ${hash}`, content);
  }
  return objects;
}
