import { For } from 'solid-js';
import { Card } from '../../components/card.tsx';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { type Disclosure, disclosures } from './disclosures.ts';

export { Disclosed };

const COLUMNS: readonly Column<Disclosure>[] = [
  { id: 'what', label: 'What', isTitle: true, cell: ({ what }) => what },
  {
    id: 'to',
    label: 'To',
    cell: ({ to }) => (
      <For each={to}>
        {(host) => (
          <div class={/[.:]/.test(host) ? 'mono' : ''}>
            <Words text={host} />
          </div>
        )}
      </For>
    ),
  },
  { id: 'when', label: 'When', cell: ({ when }) => <span class="soft">{when}</span> },
];

/** Follows the settings above it. */
function Disclosed() {
  const { settings } = useApp();
  return (
    <Card
      isFlush
      title="What leaves your browser"
      lead="Each of these also learns your network address. There is nothing else: no server of ours, no analytics, no fonts from elsewhere."
    >
      <DataTable
        caption="What leaves your browser, to whom and when"
        columns={COLUMNS}
        items={disclosures(settings(), window.location.host)}
      />
    </Card>
  );
}
