import { useSearchParams } from '@solidjs/router';
import { Match, Show, Switch, createMemo, createSignal } from 'solid-js';
import { Button, LinkButton } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { NavTabs } from '../../components/nav-tabs.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/text-input.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useApp } from '../../store/app.tsx';
import { JOB_FILTERS, countJobs, filterJobs, filterOf } from './job-filter.ts';
import { JobRow, JobRowsAhead } from './job-row.tsx';
import './jobs.css';

const PANEL = 'jobs-list';

/** All jobs of all tabs whose keys are in this browser, newest first. */
export default function Jobs() {
  const app = useApp();
  const [search, setSearch] = useSearchParams<{ show?: string }>();
  const [words, setWords] = createSignal('');
  const filter = () => filterOf(search.show);
  const shown = createMemo(() => filterJobs(app.jobs.list(), filter(), words()));
  const counts = createMemo(() => countJobs(app.jobs.list()));
  return (
    <Page
      title="Jobs"
      lead="Every run you ordered from this browser, kept up to date while you look."
      actions={
        <>
          <Button
            icon="refresh"
            variant="quiet"
            onClick={() => void app.jobs.refresh()}
            disabled={app.jobs.list().length === 0}
          >
            Look now
          </Button>
          <LinkButton icon="plus" href="#/market">
            New job
          </LinkButton>
        </>
      }
    >
      <Switch>
        <Match when={app.jobs.list().length > 0}>
          <div class="jobs">
            <div class="jobs__bar">
              <NavTabs
                label="Which jobs"
                panel={PANEL}
                value={filter()}
                tabs={JOB_FILTERS.map(({ value, label }) => ({
                  value,
                  label,
                  count: counts()[value],
                }))}
                onValue={(show) => setSearch({ show: show === 'all' ? undefined : show })}
              />
              <div class="jobs__search">
                <SearchInput
                  label="Find a job"
                  placeholder="Service, tab or number"
                  value={words()}
                  onValue={setWords}
                />
              </div>
            </div>
            <div id={PANEL} role="tabpanel">
              <Show
                when={shown().length > 0}
                fallback={
                  <Empty
                    icon="filter"
                    title="None of your jobs is like that"
                    actions={
                      <Button
                        onClick={() => {
                          setWords('');
                          setSearch({ show: undefined });
                        }}
                      >
                        Show all of them
                      </Button>
                    }
                  />
                }
              >
                <div class="jobs__head" aria-hidden="true">
                  <span>State</span>
                  <span>Service</span>
                  <span>Job</span>
                  <span>Tab</span>
                  <span>Finished</span>
                  <span class="jobs__number">MINA</span>
                </div>
                <VirtualList
                  items={shown()}
                  estimate={48}
                  keyOf={({ tab, sequence }) => `${tab}/${sequence}`}
                  label="Jobs"
                >
                  {(job) => <JobRow job={job()} />}
                </VirtualList>
              </Show>
            </div>
          </div>
        </Match>
        <Match when={app.jobs.isLoading()}>
          <JobRowsAhead />
        </Match>
        <Match when={true}>
          <Empty
            icon="jobs"
            title="No jobs yet"
            actions={
              <>
                <LinkButton variant="primary" icon="market" href="#/market">
                  Find a service
                </LinkButton>
                <LinkButton icon="key" href="#/settings">
                  Import keys
                </LinkButton>
              </>
            }
          >
            Pick a service, fill in its parameters and sign. The run, its log and its receipt appear
            here.
          </Empty>
        </Match>
      </Switch>
    </Page>
  );
}
