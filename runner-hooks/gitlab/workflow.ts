export { workflowDigest };

import { createHash } from 'node:crypto';
import type { JobResponse } from './job-response.ts';
import { workflowPath } from './origin.ts';
import { INSIDE } from './room.ts';
import { type Stage, runStage } from './stage.ts';

const MAX_BYTES = 4 * 2 ** 20;
/** Whatever the repository's own configuration says. */
const GIT = [
  ...['env', 'GIT_CONFIG_GLOBAL=/dev/null', 'GIT_CONFIG_NOSYSTEM=1', 'GIT_NO_REPLACE_OBJECTS=1'],
  ...['git', '-c', 'core.fsmonitor=false', '-c', 'safe.directory=*'],
];

/**
 * SHA-256 of the pipeline's file, hex, read from the commit and not from the checkout; `null` where the
 * commit has none, as with `GIT_STRATEGY: none` or a file of another project.
 */
async function workflowDigest(
  response: JobResponse,
  stage: Omit<Stage, 'network'>
): Promise<string | null> {
  const { repo_url, sha } = response.git_info;
  if (!URL.canParse(repo_url) || !/^[0-9a-f]{40}$/.test(sha)) return null;
  const project = new URL(repo_url).pathname.replace(/\.git$/, '');
  const blobs = createHash('sha256');
  const { exitStatus } = await runStage({
    ...stage,
    command: [
      ...GIT,
      '-C',
      INSIDE.builds + project,
      'cat-file',
      'blob',
      `${sha}:${workflowPath(response)}`,
    ],
    network: 'none',
    limits: { ...stage.limits, seconds: 60, logBytes: MAX_BYTES },
    onOutput: (chunk) => void blobs.update(chunk),
  });
  return exitStatus === 0 ? blobs.digest('hex') : null;
}
