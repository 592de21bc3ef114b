import { Show, createMemo } from 'solid-js';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { Amount } from '../../components/amount.tsx';
import { Badge } from '../../components/badge.tsx';
import { Commit } from '../../components/address.tsx';
import { LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Time } from '../../components/time.tsx';
import { Words } from '../../components/words.tsx';
import type { JobView } from '../../store/jobs.ts';
import type { ServiceListing } from '../../store/services.ts';
import { type PublishedJob, inLogOrder } from './log-order.ts';
import { shellWord } from '../../store/shell-word.ts';

export { TabLog };

/** The tab's history in git, as far as its receipts are known here; the rest with git or Verify. */
function TabLog(props: {
  readonly tab: string;
  readonly jobs: readonly JobView[];
  readonly service: ServiceListing | undefined;
  readonly head: string | undefined;
}) {
  const published = createMemo(() => inLogOrder(props.tab, props.jobs));
  const repository = (): string | undefined => props.service?.reading?.keyset.log;
  const columns: readonly Column<PublishedJob>[] = [
    {
      id: 'commit',
      label: 'Commit',
      isTitle: true,
      cell: ({ outcome }) => <Commit value={outcome.commit} />,
    },
    {
      id: 'job',
      label: 'Job',
      cell: ({ sequence }) => <span class="number">{sequence}</span>,
    },
    {
      id: 'finished',
      label: 'Finished',
      cell: ({ outcome }) => <Time at={outcome.finishedAt * 1_000} />,
    },
    {
      id: 'state',
      label: 'State',
      cell: ({ state }) => (
        <Badge tone={state === 'settled' ? 'good' : 'neutral'}>
          {state === 'settled' ? 'Settled' : 'Not settled yet'}
        </Badge>
      ),
    },
    {
      id: 'amount',
      label: 'Amount',
      isNumber: true,
      cell: ({ outcome }) => <Amount nanomina={outcome.amount} hasUnit={false} />,
    },
  ];
  return (
    <Card
      title="Log"
      lead="One commit a job, oldest first, in the provider’s git repository."
      aside={
        <LinkButton
          size="small"
          icon="verify"
          href={`#/verify/${props.tab}${repository() === undefined ? '' : `?log=${encodeURIComponent(repository()!)}`}`}
        >
          Verify it
        </LinkButton>
      }
      isFlush
    >
      <Show when={published().length > 0}>
        <DataTable caption="Log of this tab" columns={columns} items={published()} />
      </Show>
      <div class="tab-card-inset stack stack--tight">
        <p class="small soft">
          <Show when={props.head} fallback="Its head is not known until the account is read.">
            {(head) => (
              <Show
                when={head() !== genesisId(props.tab)}
                fallback="Nothing is settled yet: the account holds the log’s beginning."
              >
                The account holds as settled all up to <Commit value={head()} />
              </Show>
            )}
          </Show>
        </p>
        <Show when={repository()}>
          {(from) => (
            <>
              <p class="small soft">
                In <Words text={from()} />:
              </p>
              <CommandLine
                line={`git fetch ${shellWord(from())} refs/notes/runproof/${props.tab}`}
              />
            </>
          )}
        </Show>
      </div>
    </Card>
  );
}
