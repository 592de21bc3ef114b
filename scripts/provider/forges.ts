import { readFileSync } from 'node:fs';
import type { HostedForge } from '../../runner-hooks/driver/choose.ts';
import { runOnForge } from '../../runner-hooks/driver/forge-job.ts';
import { githubForge } from '../../runner-hooks/driver/github.ts';
import { gitlabForge } from '../../runner-hooks/driver/gitlab.ts';
import type { ProviderConfig } from './config.ts';

export { forgesOf };

/** The drivers of the forges that start jobs here. Tokens are read for each job, so that they can change. */
const forgesOf = ({ forges }: Pick<ProviderConfig, 'forges'>): readonly HostedForge[] =>
  forges.map(({ forge, host, address, tokenFile, triggerTokenFile, ...settings }) => ({
    name: forge,
    host,
    run: runOnForge((signal) => {
      const access = { host, token: tokenIn(tokenFile), signal };
      if (forge === 'github') return githubForge({ ...access, api: address });
      const triggerToken = triggerTokenFile === undefined ? undefined : tokenIn(triggerTokenFile);
      return gitlabForge({ ...access, server: address, triggerToken });
    }, definedOnly(settings)),
  }));

const tokenIn = (file: string): string => readFileSync(file, 'utf8').trim();

const definedOnly = ({
  spool,
  startSeconds,
  pollSeconds,
}: {
  readonly spool: string;
  readonly startSeconds?: number | undefined;
  readonly pollSeconds?: number | undefined;
}) => ({
  spool,
  ...(startSeconds === undefined ? {} : { startSeconds }),
  ...(pollSeconds === undefined ? {} : { pollSeconds }),
});
