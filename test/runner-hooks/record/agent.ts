import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type KeyPair, generateKeyPair, signFieldElements } from '../../../contracts/chain/sign.ts';
import type { Origin } from '../../../contracts/formats/origin.ts';
import type { RunNote } from '../../../contracts/formats/run-note.ts';
import { type IpfsNode, openNode } from '../../../ipfs/node.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import { readRunLog } from '../../../oracle/read/from-git.ts';
import { contentOn } from '../../../runner-hooks/daemon/ipfs-content.ts';
import type { AgentContext, PublishEvent } from '../../../runner-hooks/record/publication.ts';
import { startGit } from '../../../scripts/network/git.ts';
import { temporaryFolder } from '../room.ts';

export { type Agent, ORIGIN, startAgent };

const ORIGIN: Origin = {
  version: 1,
  forge: 'github',
  host: 'git.example',
  repository: 'library/library',
  commit: '0123456789abcdef0123456789abcdef01234567',
  workflow: { path: '.github/workflows/test.yml', sha256: 'ab'.repeat(32) },
  run: '4711',
  attempt: 1,
  job: { id: null, name: 'test' },
  event: 'push',
  actor: 'ada',
  fork: false,
  ref: 'refs/heads/main',
};

const TOKEN = 'a-token-for-tests';

/** Everything that an agent works with, real: a git host, an IPFS node, a key and a spool. */
interface Agent {
  readonly folder: string;
  readonly spool: string;
  readonly key: KeyPair;
  readonly repository: string;
  readonly token: string;
  readonly node: IpfsNode;
  readonly context: AgentContext;
  readonly events: PublishEvent[];
  log(): Promise<readonly LogEntry<RunNote>[]>;
}

async function startAgent(): Promise<Agent> {
  const folder = await temporaryFolder();
  const server = await startGit({ root: join(folder, 'root'), token: TOKEN });
  const repository = await server.createRepository('log.git');
  const node = await openNode({ folder: join(folder, 'node'), listen: [] });
  onTestFinished(async () => {
    await node.stop();
    await server.stop();
  });
  const key = generateKeyPair();
  const spool = join(folder, 'spool');
  await mkdir(spool);
  const events: PublishEvent[] = [];
  const context: AgentContext = {
    spool,
    key: {
      publicKey: key.publicKey,
      sign: (commitment) => signFieldElements([commitment], key.privateKey),
    },
    content: contentOn(node),
    log: { repository, token: TOKEN, folder: join(folder, 'clone') },
    onEvent: (event) => events.push(event),
  };
  return {
    ...{ folder, spool, key, repository, token: TOKEN, node, context, events },
    log: () => readRunLog({ repository, runner: key.publicKey }),
  };
}
