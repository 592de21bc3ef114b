export { Backoff };

/** When what failed may be tried again. In memory only: a restart is a reason to try at once. */
class Backoff {
  readonly #failures = new Map<string, { count: number; next: number }>();

  constructor(
    private readonly waits: { readonly firstWait: number; readonly longestWait: number },
    private readonly now: () => number
  ) {}

  ready(key: string): boolean {
    return (this.#failures.get(key)?.next ?? 0) <= this.now();
  }

  /** Whatever failed last time. */
  keys(): string[] {
    return [...this.#failures.keys()];
  }

  /** Milliseconds to wait: doubled with each failure in a row. */
  failed(key: string): number {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const { firstWait, longestWait } = this.waits;
    const wait = Math.min(longestWait, firstWait * 2 ** Math.min(count - 1, 30));
    this.#failures.set(key, { count, next: this.now() + wait });
    return wait;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
