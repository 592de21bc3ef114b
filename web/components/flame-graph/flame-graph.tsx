import {
  For,
  Match,
  Show,
  Switch,
  createEffect,
  createResource,
  createSignal,
  on,
  onCleanup,
} from 'solid-js';
import { Button } from '../button.tsx';
import { Empty } from '../empty.tsx';
import { inert } from '../inert.ts';
import { inSlices } from '../slices.ts';
import { SearchInput } from '../text-input.tsx';
import { type FlameChart, makeFlameChart } from './flame-chart.ts';
import { type FlameTree, type SampledProfile, functionSteps, treeSteps } from './flame-tree.ts';
import { TopFunctions } from './top-functions.tsx';
import './flame-graph.css';

export { FlameGraph };
export default FlameGraph;

/** Where a job spent its time, as a graph and as a table of the same samples. */
function FlameGraph(props: { readonly profile: SampledProfile }) {
  const [phase, setPhase] = createSignal<number>();
  const [term, setTerm] = createSignal('');
  const [found, setFound] = createSignal<{ frames: number; share: number }>();
  const [details, setDetails] = createSignal<string>();
  const [isZoomed, setZoomed] = createSignal(false);
  const [drawing] = createResource(
    () => ({ profile: props.profile, phase: phase() }),
    async ({ profile, phase }) => {
      const stop = new AbortController();
      onCleanup(() => stop.abort());
      const options = { signal: stop.signal };
      return {
        tree: await inSlices(treeSteps(profile, phase), options),
        functions: await inSlices(functionSteps(profile, phase), options),
      };
    }
  );
  const phases = (): readonly { readonly label: string; readonly value: number | undefined }[] => [
    { label: 'All phases', value: undefined },
    ...props.profile.profiles.map(({ name }, value) => ({ label: inert(name), value })),
  ];
  let chart: FlameChart | undefined;

  return (
    <div class="flame">
      <div class="flame__bar">
        <Show when={props.profile.profiles.length > 1}>
          <div class="segments" role="radiogroup" aria-label="Phase">
            <For each={phases()}>
              {({ label, value }) => (
                <button
                  type="button"
                  class="segments__item"
                  role="radio"
                  aria-checked={phase() === value}
                  onClick={() => setPhase(value)}
                >
                  {label}
                </button>
              )}
            </For>
          </div>
        </Show>
        <div class="flame__search">
          <SearchInput label="Find a function" value={term()} onValue={setTerm} />
        </div>
        <span class="flame__found" role="status">
          <Show when={term() !== '' && found()} keyed>
            {({ frames, share }) =>
              `${frames} ${frames === 1 ? 'frame' : 'frames'}, ${(share * 100).toFixed(1)} % of samples`
            }
          </Show>
        </span>
        <Button size="small" disabled={!isZoomed()} onClick={() => chart?.reset()}>
          Whole graph
        </Button>
      </div>
      <Switch>
        <Match when={drawing.error !== undefined}>
          <Empty icon="alert" title="The profile cannot be drawn">
            {String(drawing.error)}
          </Empty>
        </Match>
        <Match when={drawing.latest?.tree.root.value === 0}>
          <Empty icon="clock" title="No samples">
            The phase ended before the first sample was taken.
          </Empty>
        </Match>
        <Match when={drawing.latest} keyed>
          {({ tree, functions }) => (
            <>
              <Chart
                tree={tree}
                term={term()}
                onChart={(made) => (chart = made)}
                onDetails={setDetails}
                onFound={setFound}
                onZoom={setZoomed}
              />
              <p class="flame__details" aria-live="polite">
                <bdi>{details() ?? 'Arrows move, Enter zooms, Escape shows all of it.'}</bdi>
              </p>
              <Show when={tree.cut > 0}>
                <p class="flame__details">
                  The innermost frames of {tree.cut} samples are too many to draw; the table counts
                  them.
                </p>
              </Show>
              <TopFunctions rows={functions} samples={tree.root.value} />
            </>
          )}
        </Match>
        <Match when={true}>
          <div class="flame__chart flame__chart--empty" role="status">
            Folding the samples
          </div>
        </Match>
      </Switch>
    </div>
  );
}

function Chart(props: {
  readonly tree: FlameTree;
  readonly term: string;
  readonly onChart: (chart: FlameChart) => void;
  readonly onDetails: (details: string | undefined) => void;
  readonly onFound: (found: { readonly frames: number; readonly share: number }) => void;
  readonly onZoom: (isZoomed: boolean) => void;
}) {
  let chart: FlameChart | undefined;
  const [width, setWidth] = createSignal(0);
  const draw = (element: HTMLDivElement): void => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    observer.observe(element);
    onCleanup(() => {
      observer.disconnect();
      chart?.destroy();
    });
    createEffect(
      on(width, (pixels) => {
        if (pixels === 0) return;
        if (chart !== undefined) chart.resize(pixels);
        else {
          const { onDetails, onFound, onZoom } = props;
          chart = makeFlameChart(element, props.tree, { onDetails, onFound, onZoom });
          props.onChart(chart);
          if (props.term !== '') chart.search(props.term);
        }
      })
    );
  };
  createEffect(
    on(
      () => props.term,
      (term) => chart?.search(term),
      { defer: true }
    )
  );
  return (
    <div
      class="flame__chart"
      ref={draw}
      tabindex="0"
      role="group"
      aria-label="Flame graph. The table below holds the same samples."
      onKeyDown={(event) => {
        if (chart?.press(event.key) === true) event.preventDefault();
      }}
    />
  );
}
