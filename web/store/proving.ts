import type { Note } from '../../contracts/formats/note.ts';
import type { ClaimFinding } from '../../requester/log-claim.ts';
import type { ProvingSender } from '../../requester/sender.ts';
import type { Availability } from '../prover/isolation.ts';
import type { ProveOptions } from '../prover/prover.ts';
import type { App } from './app.tsx';

export { proverAvailability, isolateFor, takeIntentOf, provingSender, provenLog };

// Loaded when somebody is about to prove: nobody else needs any of it.
const isolation = () => import('../prover/isolation.ts');

/** Whether this page can prove: at once, after it is loaded again, or not here. */
const proverAvailability = async (): Promise<Availability> => (await isolation()).availability();

/**
 * Makes the page able to prove. Where that takes a reload it does not come back.
 *
 * @param intent told again by {@link takeIntentOf} after the reload
 */
async function isolateFor(intent: string): Promise<Availability> {
  sessionStorage.setItem(NAME, intent);
  const now = await (await isolation()).isolate();
  sessionStorage.removeItem(NAME);
  return now;
}

/** What this page wants proven, through the reload that it takes. */
const NAME = 'runproof:intent';

/** Whether the page was loaded again in order to do just this; says so once. */
function takeIntentOf(intent: string): boolean {
  const isOurs = sessionStorage.getItem(NAME) === intent;
  if (isOurs) sessionStorage.removeItem(NAME);
  return isOurs;
}

/** Proves in this page; the connected wallet pays. @throws WalletError where none is connected */
async function provingSender(app: App): Promise<ProvingSender> {
  const wallet = app.wallet.signer();
  const [requester, { createProver }, { pageSender }] = await Promise.all([
    app.requester(),
    import('../prover/prover.ts'),
    import('../prover/sender.ts'),
  ]);
  const { node, proofs: proofsEnabled } = app.settings();
  return pageSender({ requester, node, wallet, prover: createProver(), proofsEnabled });
}

/**
 * Proves the settled part of a log, and holds it against the chain; needs no wallet.
 * @param settled notes from the first on, oldest first
 */
async function provenLog(
  app: App,
  settled: readonly Note[],
  options: ProveOptions
): Promise<readonly ClaimFinding[]> {
  const [requester, { createProver }, { proveSettled }] = await Promise.all([
    app.requester(),
    import('../prover/prover.ts'),
    import('../prover/log-proof.ts'),
  ]);
  return proveSettled(requester, createProver(), settled, options);
}
