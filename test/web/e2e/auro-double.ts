import type { BrowserContext } from 'playwright-core';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { type Double, auroDouble } from '../wallet/provider-double.ts';

export { type Auro, auroIn };

/** Auro in a browser: its answers come from here, where a test may change them. */
interface Auro {
  readonly double: Double;
  /** For `visit`: puts it where the extension would. */
  prepare(context: BrowserContext): Promise<void>;
  /** While held, a signature waits, as it does until its owner has pressed a button. */
  hold(): { release(): void };
}

const EVENTS = ['accountsChanged', 'chainChanged'] as const;
const METHODS = [
  ...['requestAccounts', 'getAccounts', 'requestNetwork', 'switchChain', 'sendTransaction'],
];

/** Of an account that is funded, on the embedded network. */
function auroIn(keys: KeyPair): Auro {
  const double = auroDouble(keys);
  let held: Promise<void> = Promise.resolve();
  return {
    double,
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return { release: () => release() };
    },
    async prepare(context) {
      await context.exposeFunction('auroAnswers', async (method: string, args: unknown) => {
        if (method === 'sendTransaction') await held;
        const ask = double[method as 'requestAccounts'] as (args: unknown) => Promise<unknown>;
        try {
          return { value: await ask(args) };
        } catch (error) {
          return { error };
        }
      });
      await context.addInitScript(injected, METHODS);
      const tell = (event: string) => (value: unknown) => {
        for (const page of context.pages())
          void page.evaluate(([name, what]) => window.auroTells(name, what), [
            event,
            value,
          ] as const);
      };
      for (const event of EVENTS) double.on(event as 'accountsChanged', tell(event));
    },
  };
}

declare global {
  interface Window {
    auroAnswers(
      method: string,
      args: unknown
    ): Promise<{ readonly value: unknown } | { readonly error: unknown }>;
    auroTells(event: string, value: unknown): void;
  }
}

/** Runs in the page, before its own scripts: the extension's side of `window.mina`. */
function injected(methods: readonly string[]): void {
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  window.auroTells = (event, value) => listeners.get(event)?.forEach((listener) => listener(value));
  const ask = async (method: string, args: unknown): Promise<unknown> => {
    const answer = await window.auroAnswers(method, args);
    if ('value' in answer) return answer.value;
    throw answer.error;
  };
  const mina = {
    isAuro: true,
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
      return mina;
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      listeners.get(event)?.delete(listener);
      return mina;
    },
  };
  for (const method of methods)
    Object.assign(mina, { [method]: (args?: unknown) => ask(method, args ?? null) });
  Object.assign(window, { mina });
}
