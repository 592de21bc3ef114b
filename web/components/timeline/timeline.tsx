import { For } from 'solid-js';
import type { PhaseRecord } from '../../../contracts/formats/execution.ts';
import { describeExit } from '../../../contracts/formats/job.ts';
import { Badge } from '../badge.tsx';
import { formatDuration } from '../duration.ts';
import { laneOf } from './lane.ts';
import './timeline.css';

export { Timeline };

/** Phases one after another, each as long as it took, and how they ended. */
const Timeline = (props: { readonly phases: readonly PhaseRecord[] }) => (
  <table class="timeline">
    <caption class="unseen">Phases of the job</caption>
    <thead>
      <tr>
        <th scope="col">Phase</th>
        <th scope="col" class="timeline__lane">
          <span class="unseen">When</span>
        </th>
        <th scope="col" class="timeline__number">
          Took
        </th>
        <th scope="col" class="timeline__number">
          CPU
        </th>
        <th scope="col">Ended</th>
      </tr>
    </thead>
    <tbody>
      <For each={props.phases}>
        {(phase, index) => (
          <tr>
            <th scope="row" class="mono">
              {phase.name}
            </th>
            <td class="timeline__lane" aria-hidden="true">
              <span
                class="timeline__bar"
                classList={{ 'timeline__bar--failed': phase.exitStatus !== 0 }}
                style={laneOf(props.phases, index())}
              />
            </td>
            <td class="timeline__number">{formatDuration(phase.milliseconds * 1_000_000n)}</td>
            <td class="timeline__number">{formatDuration(phase.taskClock)}</td>
            <td>
              <Badge tone={phase.exitStatus === 0 ? 'good' : 'bad'}>
                {describeExit(phase.exitStatus)}
              </Badge>
            </td>
          </tr>
        )}
      </For>
    </tbody>
  </table>
);
