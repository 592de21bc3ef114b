import { type JSX, Match, Show, Switch, createResource, createSignal, onCleanup } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { formatBytes } from '../../components/byte-size.ts';
import { Notice } from '../../components/notice.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { Words } from '../../components/words.tsx';
import type { ReadFileOptions, ResultReader } from '../../store/result.ts';

export { Loaded };

/** A part of a result while it is fetched, once it is there, and where it cannot be had. */
function Loaded<T>(props: {
  /** `log`, `profile`. */
  readonly what: string;
  readonly result: ResultReader;
  readonly read: (options: ReadFileOptions) => Promise<T>;
  readonly children: (value: T) => JSX.Element;
}) {
  const [progress, setProgress] = createSignal<{ read: number; of: number }>();
  const stop = new AbortController();
  onCleanup(() => stop.abort());
  const isSealedAway = (): boolean => props.result.isSealed && !props.result.canOpen;
  const [value, { refetch }] = createResource(
    () => !isSealedAway() && props.result,
    async () => {
      // An object, since even an empty value is one that is there.
      const options = { signal: stop.signal, onProgress: setProgress };
      return { value: await props.read(options) };
    }
  );
  return (
    <Switch>
      <Match when={isSealedAway()}>
        <Notice tone="info" title={`The ${props.what} is sealed`}>
          It opens with the key of the tab that ordered it, which this browser does not hold. Import
          that key under <a href="#/settings">Settings</a>.
        </Notice>
      </Match>
      <Match when={value.error !== undefined}>
        <Notice
          tone="bad"
          title={`The ${props.what} cannot be shown`}
          actions={
            <Button size="small" icon="refresh" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        >
          <Words text={sentenceOf(value.error)} />
        </Notice>
      </Match>
      <Match when={value()} keyed>
        {(found) => props.children(found.value)}
      </Match>
      <Match when={true}>
        <div class="result__loading" role="status">
          <Show when={progress()} fallback={<progress />}>
            {(so) => <progress max={so().of || 1} value={so().read} />}
          </Show>
          <span class="soft small">
            Fetching the {props.what} and checking every block
            {progress() === undefined
              ? ''
              : `: ${formatBytes(progress()!.read)} of ${formatBytes(progress()!.of)}`}
          </span>
        </div>
      </Match>
    </Switch>
  );
}
