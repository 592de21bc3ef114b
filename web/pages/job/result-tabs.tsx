import { Match, Show, Suspense, Switch, createUniqueId, lazy } from 'solid-js';
import { TASK_CLOCK } from '../../../contracts/formats/perf.ts';
import type { LogEntry } from '../../../requester/logs.ts';
import { Card } from '../../components/card.tsx';
import { Bill, Counters, PhaseCounters } from '../../components/counters/counters.tsx';
import { NavTabs } from '../../components/nav-tabs.tsx';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { Timeline } from '../../components/timeline/timeline.tsx';
import type { ResultReader } from '../../store/result.ts';
import { Loaded } from './loaded.tsx';
import { OutputsPanel } from './outputs-panel.tsx';

export { ResultTabs, type ResultTab };

type ResultTab = 'log' | 'profile' | 'measured' | 'outputs';

/** Both are larger than the rest of the page. */
const LogView = lazy(async () => ({
  default: (await import('../../components/log-view/log-view.tsx')).LogView,
}));
const FlameGraph = lazy(() => import('../../components/flame-graph/flame-graph.tsx'));

const VIEWS = [
  { value: 'log', label: 'Log' },
  { value: 'profile', label: 'Flame graph' },
  { value: 'measured', label: 'Measured' },
  { value: 'outputs', label: 'Outputs' },
] as const;

/** What a job left behind, one kind at a time; each is fetched when it is looked at. */
function ResultTabs(props: {
  readonly entry: LogEntry;
  readonly result: ResultReader;
  readonly view: ResultTab | undefined;
  readonly onView: (view: ResultTab) => void;
  readonly line: number | undefined;
  readonly onLine: (line: number | undefined) => void;
}) {
  const panel = createUniqueId();
  const view = (): ResultTab => VIEWS.find(({ value }) => value === props.view)?.value ?? 'log';
  return (
    <div class="result">
      <NavTabs
        label="Result of the job"
        value={view()}
        tabs={VIEWS}
        onValue={props.onView}
        panel={panel}
      />
      <div id={panel} role="tabpanel" class="result__panel">
        <Switch>
          <Match when={view() === 'log'}>
            <LogPanel {...props} />
          </Match>
          <Match when={view() === 'profile'}>
            <ProfilePanel result={props.result} />
          </Match>
          <Match when={view() === 'measured'}>
            <MeasuredPanel entry={props.entry} result={props.result} />
          </Match>
          <Match when={view() === 'outputs'}>
            <OutputsPanel result={props.result} />
          </Match>
        </Switch>
      </div>
    </div>
  );
}

function LogPanel(props: Parameters<typeof ResultTabs>[0]) {
  return (
    <Loaded
      what="log"
      result={props.result}
      read={(options) => props.result.log(options)}
      children={(log) => (
        <Suspense fallback={<SkeletonLines count={12} label="Opening the log" />}>
          <LogView log={log} line={props.line} onLine={(line) => props.onLine(line)} />
        </Suspense>
      )}
    />
  );
}

function ProfilePanel(props: { readonly result: ResultReader }) {
  return (
    <Card>
      <Loaded
        what="profile"
        result={props.result}
        read={(options) => props.result.profile(options)}
        children={(profile) => (
          <Suspense fallback={<SkeletonLines count={12} label="Drawing the flame graph" />}>
            <FlameGraph profile={profile} />
          </Suspense>
        )}
      />
    </Card>
  );
}

/** All but the phases' counters stands in the note itself, so it needs no more than the log. */
function MeasuredPanel(props: { readonly entry: LogEntry; readonly result: ResultReader }) {
  const note = () => props.entry.note;
  const taskClock = () => note().counters.find(({ name }) => name === TASK_CLOCK)?.value;
  return (
    <div class="stack">
      <Card title="Phases">
        <Timeline phases={note().execution.phases} />
      </Card>
      <Card title="Price" lead="Worked out from the counter, as the proof does it.">
        <Show
          when={taskClock() !== undefined}
          fallback="The machine counted no task clock, so nothing can be charged by it."
        >
          <Bill
            price={note().request.terms.price}
            taskClock={taskClock()!}
            exitStatus={note().exitStatus}
            maximum={note().request.maximum}
            amount={note().receipt.amount}
          />
        </Show>
      </Card>
      <Card title="Counters" lead="As perf counted them; the receipt commits to each.">
        <Counters counters={note().counters} />
      </Card>
      <Show when={note().execution.phases.length > 1}>
        <Card title="Counters by phase" lead="From the result, which the receipt commits to.">
          <Loaded
            what="table of counters"
            result={props.result}
            read={(options) => props.result.counters(options)}
            children={({ phases }) => <PhaseCounters phases={phases} />}
          />
        </Card>
      </Show>
    </div>
  );
}
