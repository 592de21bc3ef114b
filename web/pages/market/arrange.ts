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
  return listings
    .filter(
      (listing) =>
        !(hidesPaused && listing.reading?.state.paused === true) &&
        words.every((word) => textOf(listing).includes(word))
    )
    .sort((a, b) => rank(a) - rank(b) || ORDERS[sortBy](a, b) || byAddress(a, b));
}

const rank = ({ reading, error }: ServiceListing): number =>
  error !== undefined ? 2 : reading === undefined ? 1 : 0;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const byAddress = (a: ServiceListing, b: ServiceListing): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
const nameOf = ({ reading }: ServiceListing): string => reading?.descriptor.name ?? '';

const ORDERS: Readonly<Record<SortBy, (a: ServiceListing, b: ServiceListing) => number>> = {
  settled: (a, b) => compare(b.settled?.amount ?? -1n, a.settled?.amount ?? -1n),
  price: (a, b) => compare(priceOfMinute(a) ?? 0n, priceOfMinute(b) ?? 0n),
  name: (a, b) => COLLATOR.compare(nameOf(a), nameOf(b)),
};
const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

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
