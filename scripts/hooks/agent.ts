import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { signFieldElements } from '../../contracts/chain/sign.ts';
import type { Origin } from '../../contracts/formats/origin.ts';
import { openNode } from '../../ipfs/node.ts';
import { type AgentEvent, runAgent } from '../../runner-hooks/agent/agent.ts';
import { contentOn } from '../../runner-hooks/daemon/ipfs-content.ts';
import type { LogHost } from '../../runner-hooks/log/publish.ts';
import { readKeyFile } from '../cli/key-file.ts';
import { type HooksConfig, SOURCE, spoolOf } from './config.ts';

export { runHooksAgent, logAgentEvent };

/** Puts the agent together from its config and runs it until the signal. */
async function runHooksAgent(
  config: HooksConfig,
  mailboxes: readonly string[],
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: AgentEvent) => void }
): Promise<void> {
  mkdirSync(config.folder, { recursive: true, mode: 0o700 });
  const key = readKeyFile(config.key, 'mina');
  const token = readFileSync(config.log.tokenFile, 'utf8').trim();
  const { listen, peers, gateways } = config.ipfs;
  const node = await openNode({
    folder: join(config.folder, 'ipfs'),
    ...{ listen, bootstrap: peers, gateways },
  });
  try {
    await runAgent({
      mailboxes,
      publish: {
        spool: spoolOf(config),
        key: {
          publicKey: key.publicKey,
          sign: (commitment) => signFieldElements([commitment], key.privateKey),
        },
        content: contentOn(node),
        log: logHost(config, token),
      },
      ...{ jobSeconds: config.jobSeconds, seconds: config.poll, signal, onEvent },
    });
  } finally {
    await node.stop();
  }
}

function logHost(
  { folder, log: { repository } }: HooksConfig,
  token: string
): LogHost | ((origin: Origin) => LogHost) {
  const clone = (address: string): string =>
    join(folder, 'logs', createHash('sha256').update(address).digest('hex').slice(0, 16));
  const at = (address: string): LogHost => ({ repository: address, token, folder: clone(address) });
  if (repository !== SOURCE) return at(repository);
  return ({ host, repository: path }) => at(`https://${host}/${path}.git`);
}

const WARNINGS: readonly AgentEvent['kind'][] = ['fault', 'failed', 'waiting', 'abandoned'];

/** One structured line an event. */
function logAgentEvent(logger: Pick<Logger, 'info' | 'warn'>, { kind, ...rest }: AgentEvent): void {
  if (WARNINGS.includes(kind)) logger.warn(rest, kind);
  else logger.info(rest, kind);
}
