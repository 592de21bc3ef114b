import type { Requester } from '../../requester/requester.ts';
import type { Purchases } from './purchases.ts';
import { sentence } from './sentence.ts';

export { type Resumption, createResumption };

/** Takes up purchases that were left in the middle. */
interface Resumption {
  /** Now, and resolves when it has ended. Failures are told to `onResumed`. */
  resume(tab: string, sequence: number): Promise<void>;
  /** Aside, unless it is under way or was tried a moment ago. */
  begin(tab: string, sequence: number): void;
}

/** Milliseconds before a purchase is tried again that could not be resumed, or that another page is at. */
const AGAIN = { failed: 30_000, elsewhere: 3_000 };

/** @param options.onResumed told after each try, with the sentence that it failed with */
function createResumption({
  requester,
  purchases,
  onResumed,
}: {
  readonly requester: () => Promise<Requester>;
  readonly purchases: Pick<Purchases, 'resume'>;
  readonly onResumed: (tab: string, sequence: number, problem: string | undefined) => Promise<void>;
}): Resumption {
  /** Sending takes minutes, and other jobs are looked at meanwhile; what fails is tried again, not at once. */
  const next = new Map<string, number>();

  /** @returns whether this page did it, or tried */
  async function resumed(tab: string, sequence: number): Promise<boolean> {
    let [isOurs, problem]: [boolean, string | undefined] = [true, undefined];
    try {
      isOurs = await purchases.resume(await requester(), tab, sequence);
    } catch (error) {
      problem = sentence(error);
    }
    await onResumed(tab, sequence, problem);
    return isOurs;
  }

  return {
    async resume(tab, sequence) {
      await resumed(tab, sequence);
    },
    begin(tab, sequence) {
      const key = `${tab}/${sequence}`;
      if (Date.now() < (next.get(key) ?? 0)) return;
      next.set(key, Infinity);
      // Whoever is at it may fail or be closed: then it is ours, and soon.
      void resumed(tab, sequence)
        .catch(() => true)
        .then((isOurs) => next.set(key, Date.now() + AGAIN[isOurs ? 'failed' : 'elsewhere']));
    },
  };
}
