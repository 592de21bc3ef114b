import type { Graphql } from '../../contracts/chain/graphql.ts';
import type { Requester } from '../../requester/requester.ts';
import type { TabStore } from '../../requester/store.ts';
import type { Wallet } from '../../requester/wallet.ts';

export { Mortal, Died };

class Died extends Error {
  override readonly name = 'Died';
}

/**
 * A process that dies right after its `life`-th effect: the effect is done, nothing after it is, and no
 * clean-up runs either. Effects are what is left behind: writes of the store, blocks uploaded, requests
 * handed over, signatures asked for, and transactions sent.
 */
class Mortal {
  /** What it did, in order. */
  readonly effects: string[] = [];
  #isDead = false;

  constructor(readonly life: number) {}

  /** Runs `work` on a requester whose effects are counted. @returns `undefined` where it died */
  async live<T>(
    requester: Requester,
    work: (mortal: Requester) => Promise<T>
  ): Promise<T | undefined> {
    const real = globalThis.fetch;
    globalThis.fetch = (input, init) =>
      init?.method === 'POST' && input instanceof URL && input.pathname === '/requests'
        ? this.#effect('handOver', () => real(input, init))
        : real(input, init);
    try {
      return await work(this.#requester(requester));
    } catch (error) {
      if (this.#isDead) return undefined;
      throw error;
    } finally {
      globalThis.fetch = real;
    }
  }

  wallet(wallet: Wallet): Wallet {
    const { publicKey } = wallet;
    return { publicKey, sign: (...args) => this.#effect('sign', () => wallet.sign(...args)) };
  }

  #requester(requester: Requester): Requester {
    const { node, store, uploads } = requester;
    const query: Graphql['query'] = (document, ...rest) =>
      document.includes('sendZkapp(')
        ? this.#effect('send', () => node.query(document, ...rest))
        : this.#alive(() => node.query(document, ...rest));
    const mortalStore: TabStore = {
      createTab: (...args) => this.#effect('createTab', () => store.createTab(...args)),
      readTab: (...args) => this.#alive(() => store.readTab(...args)),
      dropTab: (...args) => this.#effect('dropTab', () => store.dropTab(...args)),
      listTabs: () => this.#alive(() => store.listTabs()),
      reserveSequence: (...args) => this.#effect('reserve', () => store.reserveSequence(...args)),
      writeJob: (...args) => this.#effect(`write ${args[1].state}`, () => store.writeJob(...args)),
      readJob: (...args) => this.#alive(() => store.readJob(...args)),
      listJobs: (...args) => this.#alive(() => store.listJobs(...args)),
    };
    return {
      ...requester,
      node: { ...node, query },
      store: mortalStore,
      ...(uploads === undefined
        ? {}
        : {
            uploads: { put: (...args) => this.#effect('upload', () => uploads.put(...args)) },
          }),
    };
  }

  async #alive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isDead) throw new Died();
    return work();
  }

  async #effect<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = await this.#alive(work);
    this.effects.push(name);
    if (this.effects.length < this.life) return done;
    this.#isDead = true;
    throw new Died();
  }
}
