import { For, Show, createMemo } from 'solid-js';
import { type Price, formatMina } from '../../../contracts/formats/amount.ts';
import { type Counter, TASK_CLOCK } from '../../../contracts/formats/perf.ts';
import { Badge } from '../badge.tsx';
import { formatDuration } from '../duration.ts';
import { inert } from '../inert.ts';
import { billOf } from './bill.ts';
import './counters.css';

export { Counters, PhaseCounters, Bill };

/** Everything that was counted, and what the machine could not count. */
const Counters = (props: { readonly counters: readonly Counter[] }) => (
  <table class="counters">
    <caption class="unseen">Counters of the job</caption>
    <thead>
      <tr>
        <th scope="col">Counter</th>
        <th scope="col" class="counters__number">
          Value
        </th>
        <th scope="col" class="counters__unit">
          Unit
        </th>
        <th scope="col">
          <span class="unseen">Remarks</span>
        </th>
      </tr>
    </thead>
    <tbody>
      <For each={props.counters}>
        {({ name, unit, value }) => (
          <tr classList={{ 'counters__row--paid': name === TASK_CLOCK }}>
            <th scope="row" class="mono">
              <bdi>{inert(name)}</bdi>
            </th>
            <td class="counters__number" data-unit={inert(unit)}>
              <Show when={value !== undefined} fallback={<span class="faint">–</span>}>
                {grouped(value!)}
              </Show>
            </td>
            <td class="counters__unit">
              <bdi>{inert(unit)}</bdi>
            </td>
            <td class="counters__remark">
              <Show when={value === undefined}>not supported by the machine</Show>
              <Show when={value !== undefined && unit === 'ns'}>{formatDuration(value!)}</Show>
              <Show when={name === TASK_CLOCK}>
                <Badge tone="accent">the price rests on it</Badge>
              </Show>
            </td>
          </tr>
        )}
      </For>
    </tbody>
  </table>
);

/** The same of each phase, side by side. A job of one phase has nothing to compare. */
function PhaseCounters(props: {
  readonly phases: readonly { readonly name: string; readonly counters: readonly Counter[] }[];
}) {
  const names = createMemo(() => [
    ...new Map(
      props.phases.flatMap(({ counters }) => counters).map((counter) => [counter.name, counter])
    ).values(),
  ]);
  return (
    <div class="counters__wide">
      <table class="counters counters--phases">
        <caption class="unseen">Counters of each phase</caption>
        <thead>
          <tr>
            <th scope="col">Counter</th>
            <For each={props.phases}>
              {({ name }) => (
                <th scope="col" class="counters__number mono">
                  <bdi>{inert(name)}</bdi>
                </th>
              )}
            </For>
            <th scope="col" class="counters__unit">
              Unit
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={names()}>
            {({ name, unit }) => (
              <tr>
                <th scope="row" class="mono">
                  <bdi>{inert(name)}</bdi>
                </th>
                <For each={props.phases}>
                  {({ counters }) => (
                    <td class="counters__number">
                      {shownOf(counters.find((counter) => counter.name === name)?.value)}
                    </td>
                  )}
                </For>
                <td class="counters__unit">
                  <bdi>{inert(unit)}</bdi>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

const shownOf = (value: bigint | undefined): string => (value === undefined ? '–' : grouped(value));

/** The amount, worked out as the proof does. */
function Bill(props: {
  readonly price: Price;
  /** Nanoseconds. */
  readonly taskClock: bigint;
  readonly exitStatus: number;
  readonly maximum: bigint;
  /** What the receipt says. */
  readonly amount: bigint;
}) {
  const bill = () => billOf(props.price, props.taskClock, props.exitStatus, props.maximum);
  return (
    <dl class="bill">
      <div>
        <dt>Base</dt>
        <dd>{formatMina(props.price.base)}</dd>
      </div>
      <div>
        <dt>
          {formatMina(props.price.perSecond)} a second × {secondsOf(props.taskClock)} s of task
          clock
        </dt>
        <dd>{formatMina(bill().metered)}</dd>
      </div>
      <Show when={bill().isCapped}>
        <div>
          <dt>At most, as ordered</dt>
          <dd>{formatMina(props.maximum)}</dd>
        </div>
      </Show>
      <Show when={bill().isFree}>
        <div>
          <dt>Refused before it ran: free</dt>
          <dd>0</dd>
        </div>
      </Show>
      <div class="bill__sum">
        <dt>Amount</dt>
        <dd>{formatMina(props.amount)} MINA</dd>
      </div>
      <Show when={bill().amount !== props.amount}>
        <p class="bill__wrong" role="alert">
          The receipt says something else than the price makes: {formatMina(bill().amount)} MINA. No
          proof can be made of it, so it will not be paid.
        </p>
      </Show>
    </dl>
  );
}

/** Thin spaces, which a screen reader and a copied number take for none. */
const grouped = (value: bigint): string => value.toString().replace(/\B(?=(\d{3})+$)/g, '\u2009');

/** Exact: nine decimals without trailing zeros, as amounts are written. */
const secondsOf = (nanoseconds: bigint): string => formatMina(nanoseconds);
