import type { ServiceListing } from '../../store/services.ts';

export { type Arrangement, type SortBy, arrange, priceOfMinute };

type SortBy = 'settled' | 'price' | 'name';

interface Arrangement {
  /** Letters that name, description, repository or an address have to hold. */
  readonly query: string;
  readonly sortBy: SortBy;
  readonly hidesPaused: boolean;
}

const MINUTE = 60n;

/** Nanomina for one minute of CPU time: what makes two prices comparable. */
const priceOfMinute = ({ reading }: Pick<ServiceListing, 'reading'>): bigint | undefined =>
  reading === undefined
    ? undefined
    : BigInt(reading.descriptor.price.base) + MINUTE * BigInt(reading.descriptor.price.perSecond);

/** Rows as asked for. Whatever could not be read stands last, and is found by its address. */
function arrange(
  listings: readonly ServiceListing[],
  { query, sortBy, hidesPaused }: Arrangement
): readonly ServiceListing[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const by = ORDERS[sortBy];
  return listings
    .filter(
      (listing) =>
        !(hidesPaused && listing.reading?.state.paused === true) &&
        words.every((word) => textOf(listing).includes(word))
    )
    .map((listing) => ({ listing, rank: rank(listing), by: by.of(listing) }))
    .sort((a, b) => a.rank - b.rank || by.compare(a.by, b.by) || byAddress(a.listing, b.listing))
    .map(({ listing }) => listing);
}

const rank = ({ reading, error }: ServiceListing): number =>
  error !== undefined ? 2 : reading === undefined ? 1 : 0;

const byAddress = (a: ServiceListing, b: ServiceListing): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;

/** What a row is put in order by, found once a row and compared many times. */
interface Order<T> {
  readonly of: (listing: ServiceListing) => T;
  readonly compare: (a: T, b: T) => number;
}
const order = <T>(of: Order<T>['of'], compare: Order<T>['compare']): Order<unknown> =>
  ({ of, compare }) as Order<unknown>;

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const ORDERS: Readonly<Record<SortBy, Order<unknown>>> = {
  settled: order(
    ({ settled }) => settled?.amount ?? -1n,
    (a, b) => ascending(b, a)
  ),
  price: order((listing) => priceOfMinute(listing) ?? 0n, ascending),
  name: order(({ reading }) => reading?.descriptor.name ?? '', COLLATOR.compare),
};

function textOf({ address, reading }: ServiceListing): string {
  if (reading === undefined) return address.toLowerCase();
  const { name, description, source, licence } = reading.descriptor;
  return [
    name,
    description,
    source.repository,
    source.commit,
    licence,
    address,
    reading.keyset.payee,
  ]
    .join('\n')
    .toLowerCase();
}
