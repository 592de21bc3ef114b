import { Show } from 'solid-js';
import { formatMina } from '../../contracts/formats/amount.ts';
import './amount.css';

export { Amount };

/** Nanomina as MINA, exact: never rounded, never abbreviated. */
const Amount = (props: {
  readonly nanomina: bigint;
  readonly isStrong?: boolean;
  /** Where a column's head says it already. */
  readonly hasUnit?: boolean;
}) => (
  <span class="amount" classList={{ 'amount--strong': props.isStrong === true }}>
    {formatMina(props.nanomina)}
    <Show when={props.hasUnit !== false}>
      <span class="amount__unit"> MINA</span>
    </Show>
  </span>
);
