import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readNetworkId } from '../../contracts/chain/network.ts';
import { parsePinned } from '../../contracts/chain/pinned.ts';
import { signFieldElements, verifyFieldElements } from '../../contracts/chain/sign.ts';
import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { parseKeyset } from '../../contracts/formats/keyset.ts';
import { openNode } from '../../ipfs/node.ts';
import { spawnProver } from '../../oracle/prove/prover.ts';
import { isLookalike } from '../../runner-hooks/daemon/chain.ts';
import { Daemon } from '../../runner-hooks/daemon/daemon.ts';
import type { DaemonEvent } from '../../runner-hooks/daemon/event.ts';
import { contentOn } from '../../runner-hooks/daemon/ipfs-content.ts';
import { chainOver } from '../../runner-hooks/daemon/mina-chain.ts';
import { chooseDriver } from '../../runner-hooks/driver/choose.ts';
import { START_SECONDS } from '../../runner-hooks/driver/forge-job.ts';
import { runJob } from '../../runner-hooks/driver/local.ts';
import { openJournal } from '../../runner-hooks/journal/journal.ts';
import { publishTo } from '../../runner-hooks/log/publish.ts';
import { CliError } from '../cli/error.ts';
import { readKeyFile } from '../cli/key-file.ts';
import type { ProviderConfig } from './config.ts';
import { forgesOf } from './forges.ts';
import { IPFS_FOLDER } from './peer-addresses.ts';
import { openKeyRing } from './keyring.ts';
import { Sender } from './sender.ts';
import { ProvingSettler } from './settler.ts';
import { tokensOver } from './trigger-token.ts';

export { runProvider };

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** Puts a provider's daemon together from its config and runs it until the signal. */
async function runProvider(config: ProviderConfig, { signal, onEvent }: RunOptions): Promise<void> {
  const node = createGraphql([config.node]);
  const archive = createGraphql([config.archive]);
  const networkId = await readNetworkId(node, { signal });
  const runner = readKeyFile(config.keys.runner, 'mina');
  const wallet = readKeyFile(config.keys.wallet, 'mina');
  const keys = openKeyRing(
    new Map(Object.entries(config.keys.identities).map(([epoch, files]) => [Number(epoch), files]))
  );
  const token = readFileSync(config.log.tokenFile, 'utf8').trim();

  const journal = openJournal(config.folder, runner.publicKey);
  const { listen, peers, gateways } = config.ipfs;
  const ipfs = await openNode({
    folder: join(config.folder, IPFS_FOLDER),
    listen,
    bootstrap: peers,
    gateways,
  });
  const prover = spawnProver({ proofsEnabled: config.proofs });
  const chain = chainOver({ node, archive }, parsePinned(circuits));
  const content = contentOn(ipfs);
  const sender = new Sender({
    node,
    nodeUrl: config.node,
    networkId,
    wallet,
    prover,
    interval: 2_000,
  });
  const settler = new ProvingSettler({
    node,
    sender,
    runner: runner.publicKey,
    folder: join(config.folder, 'proofs'),
    async logOf(service) {
      const state = await chain.service(service, { signal });
      if (isLookalike(state)) throw new CliError('NOT_FOUND', state.reason);
      return parseKeyset(await content.get(rawCidOf(state.keyset), { signal })).log;
    },
  });

  const daemon = new Daemon(
    {
      journal,
      chain,
      content,
      settler,
      log: publishTo({
        repository: config.log.repository,
        token,
        folder: join(config.folder, 'log.git'),
      }),
      driver: chooseDriver(
        runJob,
        forgesOf(config, tokensOver(networkId, { chain, content, keys }))
      ),
      key: {
        publicKey: runner.publicKey,
        sign: (commitment) => signFieldElements([commitment], runner.privateKey),
      },
      verify: (commitment, signature, publicKey) =>
        verifyFieldElements([commitment], signature, publicKey),
      identities: (_, epoch) => keys.identities(epoch),
      keys,
      folder: config.folder,
      mounts: config.mounts,
      driverSettings: { shareNetwork: config.jobs.network ?? false },
      onEvent,
    },
    {
      services: config.services,
      policy: policyOf(config),
      handover: config.handover === undefined ? false : definedOnly(config.handover),
    }
  );
  try {
    await daemon.run({ signal });
  } finally {
    await prover.stop();
    await ipfs.stop();
    journal.close();
  }
}

function policyOf({ jobs, settle, poll, forges }: ProviderConfig) {
  const waits = forges.map(({ startSeconds }) => startSeconds ?? START_SECONDS);
  return definedOnly({
    concurrency: jobs.concurrency,
    start: waits.length === 0 ? undefined : 1_000 * Math.max(...waits),
    batch: settle.batch,
    settleAfter: settle.seconds === undefined ? undefined : settle.seconds * 1_000,
    poll: poll === undefined ? undefined : poll * 1_000,
  });
}

const definedOnly = <T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
