import type { Requester } from '../../requester/requester.ts';
import type { JobRecord } from '../../requester/store.ts';

export { type Purchases, type Locks, createPurchases };

/** Of `navigator.locks`, which all tabs of the browser share; a tab that dies lets go. */
type Locks = Pick<LockManager, 'request'>;

/** Absent where the page came over plain http, as from a gateway in one's own house. */
const browserLocks = (): Locks | undefined => (navigator as { readonly locks?: Locks }).locks;

/**
 * Sees to it that an unfinished purchase is taken up again exactly once, and never while the one who
 * began it is still at it, in whichever tab of the browser.
 */
interface Purchases {
  /** Runs a purchase; nothing that it has written down counts as unfinished until it ends. */
  run<T>(purchase: () => Promise<T>): Promise<T>;
  /** Jobs that a purchase has left behind. None while any purchase is under way. */
  unfinished(tab: string, jobs: readonly JobRecord[]): Promise<readonly JobRecord[]>;
  /**
   * Brings one job to its end.
   *
   * @returns false where another tab of the browser is at it
   */
  resume(requester: Requester, tab: string, sequence: number): Promise<boolean>;
}

const LOCK = 'runproof:purchase';

const isUnfinished = ({ state, envelope }: JobRecord): boolean =>
  state === 'signed' || (state === 'reserved' && envelope !== undefined);

const createPurchases = (locks = browserLocks()): Purchases =>
  locks === undefined ? alone() : shared(locks);

const shared = (locks: Locks): Purchases => ({
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
    return locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock === null) return false;
      await takeUp(requester, tab, sequence);
      return true;
    });
  },
});

/**
 * Without locks only this page's own purchases are known. Should two pages take the same one up, both
 * send the very same transaction and request, which count once.
 */
function alone(): Purchases {
  let running = 0;
  return {
    async run(purchase) {
      running++;
      try {
        return await purchase();
      } finally {
        running--;
      }
    },
    unfinished: (_, jobs) => Promise.resolve(running > 0 ? [] : jobs.filter(isUnfinished)),
    async resume(requester, tab, sequence) {
      await takeUp(requester, tab, sequence);
      return true;
    },
  };
}

async function takeUp(requester: Requester, tab: string, sequence: number): Promise<void> {
  const { resume } = await import('../../requester/resume.ts');
  await resume(requester, tab, sequence);
}
