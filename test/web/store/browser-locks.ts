import type { Locks } from '../../../web/store/purchases.ts';

export { browserLocks };

type Mode = 'shared' | 'exclusive';

/** `navigator.locks` as far as it is used, which Node 20 has not: first come, first served. */
function browserLocks(): Locks {
  const held = new Map<string, Mode[]>();
  const queue: (() => void)[] = [];
  const isFree = (name: string, mode: Mode): boolean => {
    const modes = held.get(name) ?? [];
    return modes.length === 0 || (mode === 'shared' && modes.every((m) => m === 'shared'));
  };
  async function request(
    name: string,
    options: LockOptions,
    work: (lock: Lock | null) => unknown
  ): Promise<unknown> {
    const { mode = 'exclusive', ifAvailable = false } = options;
    if (ifAvailable && !isFree(name, mode)) return work(null);
    while (!isFree(name, mode)) await new Promise<void>((resolve) => queue.push(resolve));
    const modes = held.get(name) ?? [];
    held.set(name, [...modes, mode]);
    try {
      return await work({ name, mode });
    } finally {
      const left = held.get(name)!;
      left.splice(left.indexOf(mode), 1);
      for (const wake of queue.splice(0)) wake();
    }
  }
  return { request: request as Locks['request'] };
}
