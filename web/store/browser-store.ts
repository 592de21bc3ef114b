import type { TabStore } from '../../requester/store.ts';

export { type BrowserStore };

/** Keys and jobs in IndexedDB. */
interface BrowserStore extends TabStore {
  /** All keys and jobs, encrypted with a passphrase (an age file). */
  exportKeys(passphrase: string): Promise<Blob>;
  /**
   * Adds what is not here yet; what is here is never overwritten by something older.
   *
   * @returns how many tabs and jobs were added
   * @throws KeyFileError for another file or passphrase
   */
  importKeys(
    file: Blob,
    passphrase: string
  ): Promise<{ readonly tabs: number; readonly jobs: number }>;
  /** Whether the browser has promised not to clear it by itself. */
  isPersistent(): Promise<boolean>;
}
