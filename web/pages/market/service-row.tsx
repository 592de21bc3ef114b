import { Match, Show, Switch } from 'solid-js';
import { Address, Commit } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Badge } from '../../components/badge.tsx';
import { Icon } from '../../components/icon.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Words } from '../../components/words.tsx';
import type { ServiceReading } from '../../../requester/service.ts';
import type { ServiceListing, SettledTotal } from '../../store/services.ts';
import { priceOfMinute } from './arrange.ts';
import { sourceName } from './source-link.ts';
import './service-row.css';

export { ServiceRow, ServiceRowSkeleton };

/** One service of the market: a press anywhere opens it. */
const ServiceRow = (props: { readonly listing: ServiceListing }) => (
  <Switch fallback={<ServiceRowSkeleton />}>
    <Match when={props.listing.reading}>
      {(reading) => <Readable listing={props.listing} reading={reading()} />}
    </Match>
    <Match when={props.listing.error}>
      {(error) => (
        <article class="service-row service-row--unread">
          <div class="service-row__what">
            <a class="service-row__name" href={`#/service/${props.listing.address}`}>
              <Address value={props.listing.address} hasCopy={false} />
            </a>
            <p class="service-row__source">
              <Icon name="alert" size={14} />
              <Words text={error()} />
            </p>
          </div>
        </article>
      )}
    </Match>
  </Switch>
);

function Readable(props: { readonly listing: ServiceListing; readonly reading: ServiceReading }) {
  const descriptor = () => props.reading.descriptor;
  const price = () => descriptor().price;
  return (
    <article class="service-row">
      <div class="service-row__what">
        <div class="service-row__title">
          <a class="service-row__name" href={`#/service/${props.listing.address}`}>
            <Words text={descriptor().name} />
          </a>
          <Show when={props.reading.state.paused}>
            <Badge tone="warn">Paused</Badge>
          </Show>
          <Show when={descriptor().result === 'sealed'}>
            <Badge>Sealed results</Badge>
          </Show>
        </div>
        <p class="service-row__source">
          <span class="service-row__repository">
            <Words text={sourceName(descriptor().source.repository)} />
          </span>
          <Icon name="commit" size={14} />
          <Commit value={descriptor().source.commit} hasCopy={false} />
        </p>
      </div>
      <dl class="service-row__facts">
        <div class="service-row__provider">
          <dt>Provider</dt>
          <dd>
            <Address value={props.reading.keyset.payee} hasCopy={false} />
          </dd>
          <dd class="service-row__note">driver {descriptor().driver}</dd>
        </div>
        <div>
          <dt>CPU minute</dt>
          <dd>
            <Amount nanomina={priceOfMinute(props.listing) ?? 0n} isStrong />
          </dd>
          <dd class="service-row__note">
            <Amount nanomina={BigInt(price().base)} hasUnit={false} /> +{' '}
            <Amount nanomina={BigInt(price().perSecond)} hasUnit={false} />
            /s
          </dd>
        </div>
        <div>
          <dt>Settled</dt>
          <Show
            when={props.listing.settled}
            fallback={
              <dd>
                <Skeleton width="short" />
              </dd>
            }
          >
            {(settled) => <Settled total={settled()} />}
          </Show>
        </div>
      </dl>
    </article>
  );
}

const Settled = (props: { readonly total: SettledTotal }) => (
  <>
    <dd>
      <Amount nanomina={props.total.amount} />
    </dd>
    <dd class="service-row__note">{tabsOf(props.total)}</dd>
  </>
);

/** Not all tabs can be seen from outside: then the sum is a least one. */
function tabsOf({ tabs, isPartial }: SettledTotal): string {
  if (tabs === 0) return isPartial ? 'no tab seen' : 'no tabs';
  return `${tabs === 1 ? 'one tab' : `${tabs} tabs`}${isPartial ? ' or more' : ''}`;
}

const ServiceRowSkeleton = () => (
  <article class="service-row" aria-hidden="true">
    <div class="service-row__what">
      <div class="service-row__title">
        <Skeleton width="half" />
      </div>
      <p class="service-row__source">
        <Skeleton width="half" />
      </p>
    </div>
    <div class="service-row__facts">
      <div class="service-row__provider">
        <Skeleton width="short" />
      </div>
      <div>
        <Skeleton width="short" />
      </div>
      <div>
        <Skeleton width="short" />
      </div>
    </div>
  </article>
);
