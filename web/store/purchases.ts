import type { Requester } from '../../requester/requester.ts';
import type { JobRecord } from '../../requester/store.ts';

export { type Purchases, type Locks, createPurchases };

/** Of `navigator.locks`, which all tabs of the browser share; a tab that dies lets go. */
type Locks = Pick<LockManager, 'request'>;

/**
 * Sees to it that an unfinished purchase is taken up again exactly once, and never while the one who
 * began it is still at it, in whichever tab of the browser.
 */
interface Purchases {
  /** Runs a purchase; nothing that it has written down counts as unfinished until it ends. */
  run<T>(purchase: () => Promise<T>): Promise<T>;
  /** Jobs that a purchase has left behind. None while any purchase is under way. */
  unfinished(tab: string, jobs: readonly JobRecord[]): Promise<readonly JobRecord[]>;
  /** Brings one job to its end, unless another tab of the browser is about to. */
  resume(requester: Requester, tab: string, sequence: number): Promise<void>;
}

const LOCK = 'runproof:purchase';

const isUnfinished = ({ state, envelope }: JobRecord): boolean =>
  state === 'signed' || (state === 'reserved' && envelope !== undefined);

const createPurchases = (locks: Locks = navigator.locks): Purchases => ({
  run: async (purchase) => locks.request(LOCK, { mode: 'shared' }, purchase),
  unfinished: async (_, jobs) => {
    const left = jobs.filter(isUnfinished);
    if (left.length === 0) return [];
    // Only while no purchase runs is what is written down somebody's who is gone.
    return locks.request(LOCK, { mode: 'exclusive', ifAvailable: true }, (lock) =>
      Promise.resolve(lock === null ? [] : left)
    );
  },
  resume: async (requester, tab, sequence) => {
    const name = `${LOCK}:${tab}:${sequence}`;
    await locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      const { resume } = await import('../../requester/resume.ts');
      await resume(requester, tab, sequence);
    });
  },
});
