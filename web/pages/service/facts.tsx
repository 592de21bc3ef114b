import { For, Match, Show, Switch } from 'solid-js';
import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import { Address, Commit } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { KeyValue, type KeyValueRow } from '../../components/key-value.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Words } from '../../components/words.tsx';
import { formatBytes } from '../../components/bytes.ts';
import { formatElapsed } from '../../components/elapsed.ts';
import { useApp } from '../../store/app.tsx';
import type { ServiceListing } from '../../store/services.ts';
import { sourceLink, sourceName } from '../market/source-link.ts';

export { Work, Sees, History };

/** What runs, from which source, within which limits. None of it can change. */
const Work = (props: { readonly descriptor: Descriptor }) => {
  const { source, job, limits, driver, licence } = props.descriptor;
  const link = sourceLink(source.repository, source.commit);
  return (
    <Card
      title="What runs"
      lead="Fixed for ever: other source, price or limits would be another service."
    >
      <KeyValue
        rows={[
          {
            key: 'Source',
            value: (
              <span class="service__source">
                <Show when={link} fallback={<Words text={sourceName(source.repository)} />}>
                  {(href) => (
                    <a href={href()} target="_blank" rel="noopener noreferrer">
                      <Words text={sourceName(source.repository)} />
                    </a>
                  )}
                </Show>
                <Icon name="commit" size={14} />
                <Commit value={source.commit} />
              </span>
            ),
          },
          { key: 'Driver', value: driver },
          ...stepsOf(job),
          {
            key: 'Outputs',
            value: <span class="mono">{job.outputs.join('  ') || 'none'}</span>,
            note: 'Only these, the log and the measurements are published.',
          },
          {
            key: 'Limits',
            value: [
              `${formatElapsed(limits.seconds * 1_000)} on the clock`,
              `${formatBytes(limits.memoryBytes)} of memory`,
              `${limits.processes} processes`,
              `${formatBytes(limits.outputBytes)} of outputs`,
              `${formatBytes(limits.logBytes)} of log`,
            ].join(', '),
          },
          { key: 'Licence', value: <Words text={licence} /> },
        ]}
      />
    </Card>
  );
};

/** What of the source is run. */
const stepsOf = (job: Descriptor['job']): readonly KeyValueRow[] =>
  'workflow' in job
    ? [
        { key: 'Workflow', value: <span class="mono">{job.workflow}</span> },
        {
          key: 'Asked for on',
          value: <span class="mono">{job.ref}</span>,
          note: 'It has to stand at the source’s commit when the job begins.',
        },
      ]
    : [
        {
          key: 'Phases',
          value: (
            <ol class="service__phases">
              <For each={job.phases}>
                {(phase) => (
                  <li>
                    <div class="service__phase-name">{phase.name}</div>
                    <pre class="service__script" tabIndex={0}>
                      <Words text={phase.script} />
                    </pre>
                  </li>
                )}
              </For>
            </ol>
          ),
        },
      ];

/** Who learns what of an order. */
const Sees = (props: { readonly reading: ServiceReading }) => {
  const app = useApp();
  const isSealed = (): boolean => props.reading.descriptor.result === 'sealed';
  return (
    <Card title="Who sees what">
      <div class="sees">
        <div>
          <h3>The provider</h3>
          <ul>
            <li>Parameters and secrets, once it opens the envelope</li>
            <li>Your tab, its balance and the address that gets the rest back</li>
            <li>
              <Switch fallback="Nothing of your connection: requests come through the chain">
                <Match when={props.reading.keyset.endpoint !== null}>
                  Your network address, when a request is handed over directly
                </Match>
                <Match when={app.settings().upload === ''}>
                  Your network address: its IPFS node fetches the request from this page
                </Match>
              </Switch>
            </li>
          </ul>
        </div>
        <div>
          <h3>Everybody</h3>
          <ul>
            <li>That this tab bought here, when, and each amount paid</li>
            <li>The receipt, the counters and how each phase ended</li>
            <li>
              {isSealed()
                ? 'Not the result: it is sealed to a key of yours'
                : 'The result: log, outputs and profile are public'}
            </li>
          </ul>
        </div>
      </div>
    </Card>
  );
};

/** What is known of whoever sells it. */
const History = (props: { readonly listing: ServiceListing; readonly reading: ServiceReading }) => {
  const keyset = () => props.reading.keyset;
  return (
    <Card title="Provider">
      <KeyValue
        rows={[
          {
            key: 'Settled through it',
            value: (
              <Show when={props.listing.settled} fallback={<Skeleton width="short" />}>
                {(settled) => (
                  <>
                    <Amount nanomina={settled().amount} isStrong />{' '}
                    <span class="faint">
                      in {settled().tabs} {settled().tabs === 1 ? 'tab' : 'tabs'}
                      {settled().isPartial ? ', or more' : ''}
                    </span>
                  </>
                )}
              </Show>
            ),
            note: 'Proven on chain. A provider can also buy from itself: look at who else did.',
          },
          { key: 'Paid to', value: <Address value={keyset().payee} /> },
          {
            key: 'Signs receipts',
            value: <Address value={keyset().runner} />,
            note: `Epoch ${props.reading.state.epoch}: ${
              props.reading.state.epoch === 0
                ? 'its keys have never been changed.'
                : `its keys have been changed ${props.reading.state.epoch} ${props.reading.state.epoch === 1 ? 'time' : 'times'}.`
            }`,
          },
          {
            key: 'Log',
            value: (
              <span class="mono small">
                <Words text={keyset().log} />
              </span>
            ),
          },
          {
            key: 'Endpoint',
            value: (
              <span class="mono small">
                <Words text={keyset().endpoint ?? 'none: requests go through the inbox on chain'} />
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
};
