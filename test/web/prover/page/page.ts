import { createGraphql } from '../../../../contracts/chain/graphql.ts';
import { pinned } from '../../../../contracts/chain/pinned.ts';
import type { KeyPair } from '../../../../contracts/chain/sign.ts';
import { pauseService } from '../../../../requester/service.ts';
import { keyWallet } from '../../../../requester/wallet.ts';
import { availability, isolate } from '../../../../web/prover/isolation.ts';
import { createProver } from '../../../../web/prover/prover.ts';
import { pageSender } from '../../../../web/prover/sender.ts';

export type { Runproof, Pause, Paused, ProvenLog };

interface Pause {
  readonly node: string;
  readonly service: string;
  readonly owner: KeyPair;
  readonly paused: boolean;
  readonly proofsEnabled: boolean;
  /** Words of the step at which it is told to stop. */
  readonly cancelAt?: string;
}

/** What came of it, or its error's code; every step with its time in milliseconds. */
interface Paused {
  readonly outcome: unknown;
  readonly steps: readonly { readonly what: string; readonly at: number }[];
  readonly refused: readonly string[];
}

/** Pauses a service, or lets it go on, as the app would. */
async function pause(choice: Pause): Promise<Paused> {
  const { node, service, owner, paused, proofsEnabled, cancelAt } = choice;
  const requester = {
    ...{ node: createGraphql([node]), networkId: 'mina:testnet', interval: 50, pinned },
  };
  const refused: string[] = [];
  const steps: { what: string; at: number }[] = [];
  const step = (what: string): void => void steps.push({ what, at: performance.now() });
  const stopping = new AbortController();
  const sender = pageSender({
    ...{ requester, node, wallet: keyWallet(owner), prover: createProver(), proofsEnabled },
    onRefused: (file) => void refused.push(file),
  });
  const outcome: unknown = await pauseService(requester, service, paused, {
    ...{ sender, owner: owner.publicKey, signal: stopping.signal },
    onProgress: ({ words }) => {
      step(words);
      if (words === cancelAt) stopping.abort();
    },
  }).catch((error: unknown) => (error as { code?: string }).code ?? String(error));
  step('the end');
  return { outcome, steps, refused };
}

interface ProvenLog {
  /** As decimal numbers, by field. */
  readonly claim: Readonly<Record<string, string>>;
  readonly steps: Paused['steps'];
}

/** Proves a log, given as bytes that travel as numbers. */
async function proveLog(terms: number[], notes: readonly number[][]): Promise<ProvenLog> {
  const steps: { what: string; at: number }[] = [];
  const step = (what: string): void => void steps.push({ what, at: performance.now() });
  const bytes = (numbers: number[]): Uint8Array => Uint8Array.from(numbers);
  const { claim } = await createProver().prove(
    { kind: 'log', terms: bytes(terms), notes: notes.map(bytes) },
    { onProgress: ({ what, done, of }) => step(`${what} (${done} of ${of})`) }
  );
  step('the end');
  const fields = Object.entries(claim!).map(([name, value]) => [name, String(value)] as const);
  return { claim: Object.fromEntries(fields), steps };
}

/** What a test does in a page, by name. */
const runproof = { availability, isolate, pause, proveLog };
type Runproof = typeof runproof;

Object.assign(window, { runproof });
