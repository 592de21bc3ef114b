/** A provider's process that is killed: runs the job on its standard input by the GitLab driver. */
import { readFileSync } from 'node:fs';
import { runOnForge } from '../../../runner-hooks/driver/forge-job.ts';
import { gitlabForge } from '../../../runner-hooks/driver/gitlab.ts';
import type { JobRequest } from '../../../runner-hooks/driver/job.ts';

const { request, folder, spool, ...access } = JSON.parse(readFileSync(0, 'utf8')) as {
  request: JobRequest;
  folder: string;
  spool: string;
  host: string;
  server: string;
  token: string;
};
const driver = runOnForge((signal) => gitlabForge({ ...access, signal }), {
  ...{ spool, pollSeconds: 0.1 },
});
await driver(request, { folder });
