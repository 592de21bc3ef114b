import { type Accessor, createSignal, onCleanup } from 'solid-js';
import type { JobOrder } from '../../../requester/job.ts';
import type { Progress, Stage } from '../../../requester/requester.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import { sentenceOf } from '../../components/sentence.ts';
import type { Step } from '../../components/steps.tsx';
import type { App } from '../../store/app.tsx';
import type { Purchase as Bought } from '../../store/tabs.ts';
import { WalletError } from '../../wallet/errors.ts';
import { changesSince } from './changed.ts';
import type { Way } from './funding.ts';

export { type Purchase, createPurchase };

interface Purchase {
  /** What was done and is being done; empty while nothing was pressed. */
  readonly steps: Accessor<readonly Step[]>;
  readonly isBusy: Accessor<boolean>;
  /** Until something may have been sent. */
  readonly canCancel: Accessor<boolean>;
  readonly failure: Accessor<
    { readonly sentence: string; readonly isRejection: boolean } | undefined
  >;
  /** What the service's owner changed since the page showed it. */
  readonly changes: Accessor<readonly string[]>;
  start(order: Pick<JobOrder, 'parameters' | 'secrets'>, way: Way): Promise<void>;
  cancel(): void;
}

/** From here on a cancel would stop the watching, not the buying. */
const SENT: readonly Stage[] = ['sending', 'delivering'];

/** Buys once, step by step, and says what is going on. */
function createPurchase(
  { services, tabs, wallet }: Pick<App, 'services' | 'tabs' | 'wallet'>,
  page: {
    readonly reading: Accessor<ServiceReading>;
    readonly onBought: (bought: Bought) => void;
  }
): Purchase {
  const [steps, setSteps] = createSignal<readonly Step[]>([]);
  const [isBusy, setBusy] = createSignal(false);
  const [isSent, setSent] = createSignal(false);
  const [failure, setFailure] = createSignal<ReturnType<Purchase['failure']>>();
  const [changes, setChanges] = createSignal<readonly string[]>([]);
  let abort = new AbortController();
  // Left before anything was sent: nothing goes on unseen. Afterwards the store takes it up again.
  onCleanup(() => {
    if (!isSent()) abort.abort();
  });

  const begin = ({ stage, words }: Progress): void => {
    if (SENT.includes(stage)) setSent(true);
    setSteps((all) => [
      ...all.map((step) => (step.state === 'running' ? { ...step, state: 'done' as const } : step)),
      { label: labelOf(stage, words), state: 'running', since: Date.now() },
    ]);
  };
  const end = (state: 'done' | 'failed'): void => {
    setSteps((all) => all.map((step) => (step.state === 'running' ? { ...step, state } : step)));
  };

  /** What somebody has looked at is what they buy: anything else is shown to them first. */
  async function assertUnchanged(seen: ServiceReading): Promise<boolean> {
    await services.refresh(seen.address);
    const { reading, error } = services.service(seen.address)();
    if (reading === undefined) throw new Error(error ?? 'the service cannot be read just now');
    const found = changesSince(seen, reading);
    setChanges(found);
    return found.length === 0;
  }

  async function start(order: Pick<JobOrder, 'parameters' | 'secrets'>, way: Way): Promise<void> {
    if (isBusy()) return;
    const seen = page.reading();
    abort = new AbortController();
    setBusy(true);
    setSent(false);
    setFailure(undefined);
    setChanges([]);
    setSteps([]);
    begin({ stage: 'reading', words: 'looking at the service once more' });
    try {
      if (!(await assertUnchanged(seen))) {
        setSteps([]);
        return;
      }
      const options = { signal: abort.signal, onProgress: begin };
      const orders = [{ ...order, maximum: way.maximum }];
      const bought =
        way.kind === 'open'
          ? await tabs.request(way.tab, orders, options)
          : await tabs.buy(
              { service: seen.address, amount: way.amount, slots: way.slots, orders },
              options
            );
      end('done');
      page.onBought(bought);
    } catch (error) {
      if (abort.signal.aborted) setSteps([]);
      else {
        end('failed');
        const isRejection = error instanceof WalletError && error.code === 'REJECTED';
        if (isRejection) setSteps([]);
        setFailure({ sentence: sentenceOf(error), isRejection });
      }
    } finally {
      setBusy(false);
      void wallet.refresh();
    }
  }

  return {
    ...{ steps, isBusy, failure, changes, start },
    canCancel: () => isBusy() && !isSent(),
    cancel: () => abort.abort(),
  };
}

/** The library's words as a step's name. */
function labelOf(stage: Stage, words: string): string {
  const label = stage === 'signing' ? 'waiting for your wallet' : words;
  return label.charAt(0).toUpperCase() + label.slice(1);
}
