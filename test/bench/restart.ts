import { join } from 'node:path';
import { generateKeyPair } from '../../contracts/chain/sign.ts';
import { publishServiceWith } from '../../requester/service.ts';
import { keyWallet } from '../../requester/wallet.ts';
import type { JobState } from '../../runner-hooks/journal/job-state.ts';
import { openJournal } from '../../runner-hooks/journal/journal.ts';
import { type Market, descriptorOf, freePort, openMarket } from '../requester/market.ts';

export { measureRestart };

const PATH: readonly JobState[] = [
  ...(['seen', 'fetched', 'accepted', 'running', 'ran', 'published', 'noted', 'settled'] as const),
];

interface Restart {
  readonly jobs: number;
  /** Until the daemon listens for requests, its journal read and what was interrupted begun again. */
  readonly seconds: number;
  /** The same with an empty journal. */
  readonly emptySeconds: number;
}

/** A daemon on the embedded network, started over a journal with `count` finished jobs. */
const measureRestart = async (count: number): Promise<Restart> => ({
  emptySeconds: await startOver(0),
  jobs: count,
  seconds: await startOver(count),
});

async function startOver(count: number): Promise<number> {
  const market = await openMarket();
  try {
    const owner = await market.wallet();
    const goods = { descriptor: descriptorOf(), keyset: market.keyset(owner.publicKey) };
    const { service } = await publishServiceWith(market.requester, goods, keyWallet(owner));
    finish(market, service, count);
    const port = await freePort();
    const start = performance.now();
    const events = await market.serve(service, port);
    const seconds = (performance.now() - start) / 1000;
    const started = events.find(({ kind }) => kind === 'started');
    if (started?.kind !== 'started' || started.resumed !== 0)
      throw new Error('finished jobs were taken up again');
    return seconds;
  } finally {
    await market.stop();
  }
}

function finish({ folder, runner }: Market, service: string, count: number): void {
  const journal = openJournal(join(folder, 'provider'), runner.publicKey, {
    locks: join(folder, 'locks'),
  });
  const tab = generateKeyPair().publicKey;
  journal.write('bench', () => {
    for (let i = 0; i < count; i++) {
      const digest = i.toString(16).padStart(64, '0');
      const job = journal.jobs.see({ service, tab, digest });
      PATH.slice(1).forEach((to, at) => journal.jobs.transition(job, PATH[at]!, to));
    }
  });
  journal.close();
}
