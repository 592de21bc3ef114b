import { cpus } from 'node:os';
import { publishServiceWith } from '../../requester/service.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { makeNotes, makeParties, makeTerms } from '../fixtures/job-fixture.ts';
import { descriptorOf, openMarket } from '../requester/market.ts';
import type { Paused } from '../web/prover/page/page.ts';
import { isolate, openProverPage, pauseIn, proveLogIn } from '../web/prover/prover-page.ts';

export { type PageProof, measurePageProof };

/** Seconds in Chromium, from the embedded gateway. */
interface PageProof {
  readonly cores: number;
  /** Until the page has been loaded again and can prove. */
  readonly isolate: number;
  /** Key files from the gateway, or 0 where the site has none. */
  readonly loadKeys: number;
  /** o1js's 16 MB, until its modules have run. */
  readonly loadO1js: number;
  readonly compileService: number;
  /** One call of the contract, no predecessor. */
  readonly proveService: number;
  /** The log of one job, compiling included; absent unless asked for. */
  readonly log?: { readonly compile: number; readonly prove: number };
}

interface Options {
  /** Folder that `scripts/site/keys.ts` has filled; without it, the page compiles cold. */
  readonly keys?: string;
  /** Takes minutes and 3 GB. */
  readonly withLog?: boolean;
}

/** Pauses a service by a real proof of the page's own, on an embedded network that verifies it. */
async function measurePageProof({ keys, withLog = false }: Options = {}): Promise<PageProof> {
  const market = await openMarket({ proofsEnabled: true });
  const site = await openProverPage(market.ipfs, { keys });
  try {
    const owner = await market.wallet();
    const goods = { descriptor: descriptorOf(), keyset: market.keyset(owner.publicKey) };
    const { service } = await publishServiceWith(market.requester, goods, keyWallet(owner));
    const page = await site.open();
    const start = performance.now();
    await isolate(page);
    const isolated = (performance.now() - start) / 1000;
    const node = market.mina.graphql;
    const choice = { node, service, owner, paused: true, proofsEnabled: true };
    const { outcome, steps } = await pauseIn(page, choice);
    if (typeof outcome === 'string') throw new Error(`the page did not prove: ${outcome}`);
    const phases = secondsOf(steps);
    return {
      cores: cpus().length,
      isolate: isolated,
      loadKeys: phases('loading key files'),
      loadO1js: phases('loading o1js'),
      compileService: phases('compiling Service'),
      proveService: phases('proving the pause'),
      ...(withLog ? { log: await logSeconds() } : {}),
    };

    async function logSeconds(): Promise<{ compile: number; prove: number }> {
      const parties = makeParties();
      const notes = makeNotes(parties, makeTerms(parties), [{ sequence: 1 }]);
      const seconds = secondsOf((await proveLogIn(page, notes)).steps);
      return { compile: seconds('compiling JobLog'), prove: seconds('proving jobs') };
    }
  } finally {
    await site.stop();
    await market.stop();
  }
}

/** Sum of the steps that begin so, each until the next one. */
const secondsOf =
  (steps: Paused['steps']) =>
  (what: string): number =>
    steps.reduce((sum, step, i) => {
      const next = steps[i + 1];
      return step.what.startsWith(what) && next ? sum + (next.at - step.at) / 1000 : sum;
    }, 0);
