import { useNavigate } from '@solidjs/router';
import { For, Match, Show, Switch, createMemo, createSignal } from 'solid-js';
import { isKey } from '../../../contracts/formats/key.ts';
import { Button, LinkButton } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { Empty } from '../../components/empty.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { Select } from '../../components/select.tsx';
import { SearchInput, TextInput } from '../../components/text-input.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { type SortBy, arrange } from './arrange.ts';
import { Claim } from './claim.tsx';
import { ServiceRow, ServiceRowSkeleton } from './service-row.tsx';
import './market.css';

const SORTS: readonly { readonly value: SortBy; readonly label: string }[] = [
  { value: 'settled', label: 'Most settled first' },
  { value: 'price', label: 'Cheapest minute first' },
  { value: 'name', label: 'By name' },
];

export default function Market() {
  const { services, chain } = useApp();
  const [query, setQuery] = createSignal('');
  const [sortBy, setSortBy] = createSignal<SortBy>('settled');
  const [hidesPaused, setHidesPaused] = createSignal(false);
  const rows = createMemo(() =>
    arrange(services.list(), { query: query(), sortBy: sortBy(), hidesPaused: hidesPaused() })
  );
  const offline = () => {
    const status = chain();
    return status.kind === 'offline' ? status.message : undefined;
  };
  return (
    <Page
      title="Market"
      heading="Buy a CI run. Keep the proof."
      lead="A provider’s own machine runs the job and is measured by perf. The receipt goes into a git history, and a contract pays exactly what a proof of that history shows."
    >
      <Claim />
      <section class="market" aria-labelledby="market-services">
        <div class="market__head">
          <h2 id="market-services">
            Services
            <Show when={services.list().length > 0}>
              <span class="market__count">{rows().length}</span>
            </Show>
          </h2>
          <Show when={services.list().length > 0}>
            <div class="market__tools">
              <SearchInput label="Search services" value={query()} onValue={setQuery} />
              <Select
                aria-label="Order"
                value={sortBy()}
                options={SORTS}
                onValue={(value) => setSortBy(value)}
              />
              <Checkbox label="Hide paused" isChecked={hidesPaused()} onChecked={setHidesPaused} />
            </div>
          </Show>
        </div>
        <For each={services.problems()}>
          {(problem) => (
            <Notice tone="warn">
              <Words text={problem} />
            </Notice>
          )}
        </For>
        <Show when={offline()}>
          {(message) => (
            <Notice
              tone="bad"
              title="The node does not answer"
              actions={
                <>
                  <Button size="small" icon="refresh" onClick={() => void services.refresh()}>
                    Try again
                  </Button>
                  <LinkButton size="small" href="#/settings">
                    Use another node
                  </LinkButton>
                </>
              }
            >
              <Words text={message()} />
            </Notice>
          )}
        </Show>
        <div class="market__list">
          <Switch
            fallback={
              <VirtualList
                label="Services"
                items={rows()}
                estimate={82}
                keyOf={({ address }) => address}
              >
                {(listing) => <ServiceRow listing={listing()} />}
              </VirtualList>
            }
          >
            <Match when={chain().kind === 'unset' && services.list().length === 0}>
              <NoNetwork />
            </Match>
            <Match when={services.isLoading() && services.list().length === 0}>
              <div role="status">
                <span class="unseen">Reading the registry</span>
                <For each={[0, 1, 2, 3]}>{() => <ServiceRowSkeleton />}</For>
              </div>
            </Match>
            <Match when={services.list().length === 0}>
              <Empty
                icon="market"
                title="No services on your list yet"
                actions={
                  <LinkButton href="#/settings" icon="gear">
                    Add a registry list
                  </LinkButton>
                }
              >
                Paste the address of a service below, or add a list of them.
              </Empty>
            </Match>
            <Match when={rows().length === 0}>
              <Empty
                icon="search"
                title="Nothing fits"
                actions={
                  <Button
                    onClick={() => {
                      setQuery('');
                      setHidesPaused(false);
                    }}
                  >
                    Show all {services.list().length}
                  </Button>
                }
              >
                No service on your list has all of these words.
              </Empty>
            </Match>
          </Switch>
        </div>
        <ByAddress />
      </section>
    </Page>
  );
}

const NoNetwork = () => (
  <Empty
    icon="bolt"
    title="Not connected to a network yet"
    actions={
      <LinkButton variant="primary" icon="gear" href="#/settings">
        Enter a node and a gateway
      </LinkButton>
    }
  >
    <p>
      This page has no server of its own. It needs a Mina node, its archive and an IPFS gateway; or
      start all of them on your own machine:
    </p>
    <div class="market__start">
      <CommandLine line="npm start" />
    </div>
  </Empty>
);

/** A service that is on no list: whoever sells it gives its address away. */
function ByAddress() {
  const { services } = useApp();
  const navigate = useNavigate();
  const [address, setAddress] = createSignal('');
  const [error, setError] = createSignal<string>();
  const valid = (): string | undefined => {
    const text = address().trim();
    if (isKey(text)) return text;
    setError(
      text === ''
        ? 'Paste the address of a service; it begins with B62.'
        : 'This is not an address: it begins with B62 and has 55 letters and digits.'
    );
    return undefined;
  };
  return (
    <form
      class="market__address"
      onSubmit={(event) => {
        event.preventDefault();
        const text = valid();
        if (text !== undefined) navigate(`/service/${text}`);
      }}
    >
      <Field
        label="Have an address?"
        hint="It is checked against the chain before anything is shown."
        error={error()}
      >
        {(control) => (
          <div class="market__address-line">
            <TextInput
              {...control}
              isMono
              placeholder="B62…"
              value={address()}
              onValue={(value) => {
                setAddress(value);
                setError(undefined);
              }}
            />
            <Button type="submit">Open</Button>
            <Button
              variant="quiet"
              icon="plus"
              onClick={() => {
                const text = valid();
                if (text === undefined) return;
                services.add(text).then(
                  () => setAddress(''),
                  () => setError('It could not be kept in this browser; try again.')
                );
              }}
            >
              Add to my list
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}
