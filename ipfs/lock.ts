export { SharedLock };

/**
 * Many may hold it together or one alone. Whoever holds it together may take it once more, so that
 * steps made of steps need not know about each other; the price is that the one alone waits for all.
 */
class SharedLock {
  private holders = 0;
  private alone: Promise<unknown> | undefined;
  private waiting: (() => void)[] = [];

  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.alone !== undefined) await this.alone.catch(() => undefined);
    this.holders += 1;
    try {
      return await work();
    } finally {
      this.holders -= 1;
      if (this.holders === 0) for (const wake of this.waiting.splice(0)) wake();
    }
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.alone !== undefined) await this.alone.catch(() => undefined);
      else if (this.holders > 0) await new Promise<void>((wake) => this.waiting.push(wake));
      else break;
    }
    const running = work();
    this.alone = running;
    try {
      return await running;
    } finally {
      this.alone = undefined;
    }
  }
}
