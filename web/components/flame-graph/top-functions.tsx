import { For, Show, createSignal } from 'solid-js';
import { Button } from '../button.tsx';
import { type FunctionRow, splitName } from './flame-tree.ts';

export { TopFunctions };

const FEW = 8;
const MANY = 100;

/** The graph for readers who don't see it, and for whoever wants the number. */
function TopFunctions(props: { readonly rows: readonly FunctionRow[]; readonly samples: number }) {
  const [isLong, setLong] = createSignal(false);
  const share = (count: number): string => `${((100 * count) / props.samples).toFixed(1)} %`;
  return (
    <div class="flame__table">
      <table>
        <caption>Functions by samples of their own</caption>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">In</th>
            <th scope="col" class="flame__number">
              Self
            </th>
            <th scope="col" class="flame__number">
              With callees
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.rows.slice(0, isLong() ? MANY : FEW)}>
            {(row) => {
              const { symbol, file } = splitName(row.name);
              return (
                <tr>
                  <th scope="row">
                    <bdi class="mono">{symbol}</bdi>
                  </th>
                  <td>
                    <bdi class="mono">{file ?? ''}</bdi>
                  </td>
                  <td class="flame__number">
                    <span
                      class="flame__share"
                      style={{ '--share': String(row.self / props.samples) }}
                    >
                      {share(row.self)}
                    </span>
                  </td>
                  <td class="flame__number">{share(row.total)}</td>
                </tr>
              );
            }}
          </For>
        </tbody>
      </table>
      <Show when={props.rows.length > FEW}>
        <Button size="small" variant="quiet" onClick={() => setLong((is) => !is)}>
          {isLong() ? 'Show fewer' : `Show ${Math.min(MANY, props.rows.length)}`}
        </Button>
      </Show>
    </div>
  );
}
