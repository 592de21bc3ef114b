import { type Accessor, createSignal } from 'solid-js';
import type { Requester, Stepwise } from '../../../requester/requester.ts';
import type { ProvingSender } from '../../../requester/sender.ts';
import { sentenceOf } from '../../components/sentence.ts';
import type { App } from '../../store/app.tsx';
import { isolateFor, proverAvailability, provingSender } from '../../store/proving.ts';

export { type Proving, createProving };

/** Something that is proven in this page, one at a time. */
interface Proving {
  readonly state: Accessor<'idle' | 'running' | 'done' | 'failed'>;
  /** Milliseconds since 1970. */
  readonly since: Accessor<number>;
  readonly words: Accessor<string>;
  readonly error: Accessor<string | undefined>;
  /**
   * @param intent by which the page knows itself again, should it have to be loaded once more first
   */
  run(
    intent: string,
    work: (
      requester: Requester,
      options: Stepwise & { readonly sender: ProvingSender; readonly owner: string }
    ) => Promise<void>
  ): Promise<void>;
  /** Nothing was sent unless the wallet has signed already. */
  cancel(): void;
  reset(): void;
}

function createProving(app: App): Proving {
  const [state, setState] = createSignal<'idle' | 'running' | 'done' | 'failed'>('idle');
  const [since, setSince] = createSignal(0);
  const [words, setWords] = createSignal('');
  const [error, setError] = createSignal<string>();
  let stop = new AbortController();
  return {
    ...{ state, since, words, error },
    async run(intent, work) {
      stop = new AbortController();
      const { signal } = stop;
      setError(undefined);
      setWords('');
      setSince(Date.now());
      setState('running');
      try {
        if ((await proverAvailability()).kind === 'after-reload') {
          const now = await isolateFor(intent);
          if (now.kind === 'unavailable') throw new Error(now.message);
        }
        const sender = await provingSender(app);
        const requester = await app.requester();
        const owner = app.wallet.address()!;
        await work(requester, {
          ...{ sender, owner, signal },
          onProgress: ({ words: step }) => void setWords(sentenceOf(new Error(step))),
        });
        setState('done');
      } catch (cause) {
        setError(sentenceOf(cause));
        setState('failed');
      }
    },
    cancel: () => stop.abort(),
    reset: () => void setState('idle'),
  };
}
