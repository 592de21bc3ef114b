import { Match, Show, Switch, createMemo } from 'solid-js';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { priceOf } from '../../../contracts/formats/descriptor.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import { Address, Cid, Commit } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Back } from '../../components/back.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { Words } from '../../components/words.tsx';
import { shorten } from '../../components/shorten.ts';
import { useApp } from '../../store/app.tsx';
import { keyCommand, runnerCommand } from '../../store/command-lines.ts';
import { Earnings } from './earnings.tsx';
import { OwnerPanel } from './owner-panel.tsx';
import { isOwner } from './own-services.ts';
import { providerFile } from './provider-file.ts';
import { TextBlock } from './text-block.tsx';
import '../tabs/tabs.css';
import './provide.css';

export { ServiceDetail };

/** One service from its owner's side. */
function ServiceDetail(props: { readonly service: string }) {
  const app = useApp();
  const listing = app.services.service(props.service);
  const reading = createMemo(() => listing().reading);
  return (
    <Page
      title="Provide"
      above={<Back href="#/provide">Provide</Back>}
      heading={
        <span class="tab-heading">
          <Words text={reading()?.descriptor.name ?? `Service ${shorten(props.service, 6, 5)}`} />
          <Show when={reading()}>
            {(now) => (
              <Badge tone={now().state.paused ? 'warn' : 'good'}>
                {now().state.paused ? 'Paused' : 'Open'}
              </Badge>
            )}
          </Show>
        </span>
      }
      lead={<Address value={props.service} />}
      actions={
        <>
          <Button icon="refresh" onClick={() => void app.services.refresh(props.service)}>
            Refresh
          </Button>
          <LinkButton href={`#/service/${props.service}`}>As a requester sees it</LinkButton>
        </>
      }
    >
      <Switch>
        <Match when={reading()}>
          {(now) => (
            <div class="split">
              <div class="stack stack--wide">
                <RunIt reading={now()} isOwned={isOwner(now(), app.wallet.address())} />
                <Earnings service={props.service} />
                <KeysCard reading={now()} />
                <DescriptorCard reading={now()} />
              </div>
              <div class="split__side">
                <OwnerPanel reading={now()} />
              </div>
            </div>
          )}
        </Match>
        <Match when={listing().error}>
          {(error) => (
            <Notice
              tone="bad"
              title="This service cannot be read"
              actions={
                <Button size="small" onClick={() => void app.services.refresh(props.service)}>
                  Try again
                </Button>
              }
            >
              {error()}
            </Notice>
          )}
        </Match>
        <Match when={true}>
          <Card>
            <SkeletonLines count={8} label="Reading the service" />
          </Card>
        </Match>
      </Switch>
    </Page>
  );
}

/** What its daemon needs. */
function RunIt(props: { readonly reading: ServiceReading; readonly isOwned: boolean }) {
  const app = useApp();
  const file = createMemo(() => {
    const { node, archive, gateways } = app.settings();
    const { address, descriptor, keyset } = props.reading;
    return providerFile({ service: address, descriptor, keyset, node, archive, gateways });
  });
  return (
    <details class="run-it card" open={props.isOwned}>
      <summary class="run-it__title">Run it</summary>
      <div class="card__body stack">
        <p class="soft">
          On the machine that does the work: put this file, the keys and a token that may push to
          the log into <code>~/.runproof</code>, then start the daemon. It refuses, before anything
          runs, whatever it can’t do.
        </p>
        <TextBlock name="provider.json" text={file()} />
        <div class="stack stack--tight">
          <p class="small soft">
            Keys it names, unless you have made them already (the runner’s and the epoch’s have to
            be those in the keyset):
          </p>
          <CommandLine line={keyCommand('runner')} />
          <CommandLine line={keyCommand(`epoch-${props.reading.keyset.epoch}`)} />
          <CommandLine line={keyCommand('wallet')} />
          <p class="small soft">Start it:</p>
          <CommandLine line={runnerCommand()} />
        </div>
      </div>
    </details>
  );
}

const KeysCard = (props: { readonly reading: ServiceReading }) => (
  <Card
    title="Keys and addresses"
    lead={`Keyset of epoch ${props.reading.keyset.epoch}.`}
    aside={<Cid value={String(rawCidOf(props.reading.state.keyset))} />}
  >
    <KeyValue
      rows={[
        { key: 'Runner', value: <Address value={props.reading.keyset.runner} /> },
        { key: 'Payee', value: <Address value={props.reading.keyset.payee} /> },
        {
          key: 'Recipients',
          value: (
            <div class="stack stack--tight">
              {props.reading.keyset.recipients.map((recipient) => (
                <span class="mono" title={recipient.slice(0, 120)}>
                  {shorten(recipient, 14, 8)}
                </span>
              ))}
            </div>
          ),
        },
        { key: 'Log', value: <Words text={props.reading.keyset.log} /> },
        {
          key: 'Endpoint',
          value: (
            <Show when={props.reading.keyset.endpoint} fallback={<span class="faint">none</span>}>
              {(endpoint) => <Words text={endpoint()} />}
            </Show>
          ),
        },
        {
          key: 'IPFS addresses',
          value: (
            <Show
              when={props.reading.keyset.peers.length > 0}
              fallback={<span class="faint">none</span>}
            >
              <Words text={props.reading.keyset.peers.join('\n')} isBlock />
            </Show>
          ),
        },
      ]}
    />
  </Card>
);

const DescriptorCard = (props: { readonly reading: ServiceReading }) => (
  <Card
    title="Descriptor"
    lead="Never changes: another commit or price is another service."
    aside={<Cid value={String(rawCidOf(props.reading.state.descriptor))} />}
  >
    <KeyValue
      rows={[
        {
          key: 'Source',
          value: (
            <>
              <Words text={props.reading.descriptor.source.repository} /> at{' '}
              <Commit value={props.reading.descriptor.source.commit} />
            </>
          ),
        },
        {
          key: 'Price',
          value: (
            <>
              <Amount nanomina={priceOf(props.reading.descriptor).base} /> and{' '}
              <Amount nanomina={priceOf(props.reading.descriptor).perSecond} /> a CPU second
            </>
          ),
        },
        { key: 'Results', value: props.reading.descriptor.result },
      ]}
    />
  </Card>
);
