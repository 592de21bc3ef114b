import { useParams } from '@solidjs/router';
import { Match, Show, Switch } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Back } from '../../components/back.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton, SkeletonLines } from '../../components/skeleton.tsx';
import { Words } from '../../components/words.tsx';
import { inert } from '../../components/inert.ts';
import { useApp } from '../../store/app.tsx';
import type { ServiceListing } from '../../store/services.ts';
import { History, Sees, Work } from './facts.tsx';
import { keepOrder } from './kept-order.ts';
import { createOrderForm } from './order-form.ts';
import { ParametersCard } from './parameters-card.tsx';
import { PurchasePanel } from './purchase-panel.tsx';
import './service.css';

export default function Service() {
  const params = useParams<{ address: string }>();
  // Another service is another form, so the page of the one before goes with all that was typed.
  return (
    <Show when={params.address} keyed>
      {(address) => <ServiceAt address={address} />}
    </Show>
  );
}

function ServiceAt(props: { readonly address: string }) {
  const { services } = useApp();
  const listing = services.service(props.address);
  return (
    <Switch fallback={<Loading address={props.address} />}>
      <Match when={listing().reading}>
        <Readable listing={listing()} />
      </Match>
      <Match when={listing().error}>
        {(error) => (
          <Page title="Service" heading="This service cannot be shown" above={<ToMarket />}>
            <Empty
              icon="alert"
              title={<Address value={props.address} />}
              actions={
                <>
                  <Button icon="refresh" onClick={() => void services.refresh(props.address)}>
                    Read it again
                  </Button>
                  <LinkButton variant="quiet" href="#/market">
                    Back to the market
                  </LinkButton>
                </>
              }
            >
              <Words text={error()} />
            </Empty>
          </Page>
        )}
      </Match>
    </Switch>
  );
}

const ToMarket = () => <Back href="#/market">Market</Back>;

const Loading = (props: { readonly address: string }) => (
  <Page
    title="Service"
    heading={<Skeleton width="half" />}
    above={<ToMarket />}
    lead={<Address value={props.address} />}
  >
    <div class="split">
      <div class="stack stack--wide">
        <Card>
          <SkeletonLines count={4} label="Reading the service" />
        </Card>
        <Card>
          <SkeletonLines count={8} label="Reading its parameters" />
        </Card>
      </div>
      <div class="split__side">
        <Card isRaised>
          <SkeletonLines count={9} label="Reading its price" />
        </Card>
      </div>
    </div>
  </Page>
);

function Readable(props: { readonly listing: ServiceListing }) {
  const reading = () => props.listing.reading!;
  const descriptor = () => reading().descriptor;
  // Its schema never changes, so what somebody has filled in outlives every new reading.
  const form = createOrderForm(reading().descriptor);
  const forget = keepOrder(reading().address, form);
  return (
    <Page
      title={inert(descriptor().name)}
      heading={<Words text={descriptor().name} />}
      above={<ToMarket />}
      lead={
        <span class="service__tags">
          <Show when={reading().state.paused} fallback={<Badge tone="good">Taking jobs</Badge>}>
            <Badge tone="warn">Paused</Badge>
          </Show>
          <Badge>{descriptor().result === 'sealed' ? 'Sealed results' : 'Public results'}</Badge>
          <Badge>
            {descriptor().limits.network ? 'Job sees a network' : 'Job sees no network'}
          </Badge>
          <Address value={reading().address} />
        </span>
      }
    >
      <div class="split service__split">
        <div class="stack stack--wide service__main">
          <Card title="What it does">
            <p class="service__description">
              <Words isBlock text={descriptor().description} />
            </p>
          </Card>
          <ParametersCard form={form} />
          <Work descriptor={descriptor()} />
          <Sees reading={reading()} />
          <History listing={props.listing} reading={reading()} />
        </div>
        <aside class="split__side" aria-label="Purchase">
          <PurchasePanel reading={reading()} form={form} onBought={forget} />
        </aside>
      </div>
    </Page>
  );
}
