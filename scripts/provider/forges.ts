import type { HostedForge } from '../../runner-hooks/driver/choose.ts';
import { runOnForge } from '../../runner-hooks/driver/forge-job.ts';
import { githubForge } from '../../runner-hooks/driver/github.ts';
import { gitlabForge } from '../../runner-hooks/driver/gitlab.ts';
import { readTokenFile } from '../cli/token-file.ts';
import type { ProviderConfig, TokenSource } from './config.ts';
import type { OpenToken } from './trigger-token.ts';

export { forgesOf };

/** The drivers of the forges that start jobs here. Tokens are read for each job, so that they can change. */
const forgesOf = (
  { forges }: Pick<ProviderConfig, 'forges'>,
  open: OpenToken
): readonly HostedForge[] =>
  forges.map(({ forge, host, address, token, triggerToken, ...settings }) => ({
    name: forge,
    host,
    run: runOnForge(async (signal) => {
      const tokenOf = (source: TokenSource): string | Promise<string> =>
        'file' in source ? readTokenFile(source.file) : open(source, host, signal);
      const access = { host, token: await tokenOf(token), signal };
      if (forge === 'github') return githubForge({ ...access, api: address });
      const trigger = triggerToken === undefined ? undefined : await tokenOf(triggerToken);
      return gitlabForge({ ...access, server: address, triggerToken: trigger });
    }, definedOnly(settings)),
  }));

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
