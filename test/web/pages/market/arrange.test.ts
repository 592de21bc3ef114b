import { describe, expect, it } from 'vitest';
import { type Arrangement, arrange, priceOfMinute } from '../../../../web/pages/market/arrange.ts';
import { sourceLink, sourceName } from '../../../../web/pages/market/source-link.ts';
import type { ServiceListing } from '../../../../web/store/services.ts';

const listing = (
  address: string,
  {
    name = address,
    base = '0',
    perSecond = '0',
    paused = false,
    settled = 0n,
  }: { name?: string; base?: string; perSecond?: string; paused?: boolean; settled?: bigint } = {}
): ServiceListing =>
  ({
    address,
    isLoading: false,
    origin: 'own',
    settled: { amount: settled, tabs: 1, isPartial: false },
    reading: {
      address,
      state: { paused },
      descriptor: {
        ...{ name, description: 'builds', licence: 'MIT', price: { base, perSecond } },
        source: { repository: `https://github.com/a/${address}`, commit: 'c0ffee' },
      },
      keyset: { payee: 'B62payee' },
    },
  }) as unknown as ServiceListing;

const order = (listings: readonly ServiceListing[], patch: Partial<Arrangement> = {}) =>
  arrange(listings, { query: '', sortBy: 'settled', hidesPaused: false, ...patch }).map(
    ({ address }) => address
  );

describe('the market', () => {
  const a = listing('a', { name: 'Zeta 10', perSecond: '2', settled: 5n });
  const b = listing('b', { name: 'zeta 9', base: '1', perSecond: '1', settled: 2n ** 63n });
  const c = listing('c', { name: 'Alpha', base: '500', paused: true });

  it('puts the most settled first, exactly, beyond what a number holds', () => {
    const d = listing('d', { settled: 2n ** 63n + 1n });
    expect(order([a, b, c, d])).toEqual(['d', 'b', 'a', 'c']);
  });

  it('puts the cheapest minute first', () => {
    expect(priceOfMinute(b)).toBe(61n);
    expect(order([c, a, b], { sortBy: 'price' })).toEqual(['b', 'a', 'c']);
  });

  it('sorts names as people do', () => {
    expect(order([a, b, c], { sortBy: 'name' })).toEqual(['c', 'b', 'a']);
  });

  it('finds by all words, wherever they stand, whatever their case', () => {
    expect(order([a, b, c], { query: 'ZETA  github.com/a/b' })).toEqual(['b']);
    expect(order([a, b, c], { query: 'zeta alpha' })).toEqual([]);
  });

  it('hides what is paused when asked to', () => {
    expect(order([a, c], { hidesPaused: true })).toEqual(['a']);
  });

  it('puts what it could not read last, and keeps it findable by address', () => {
    const unread: ServiceListing = {
      ...{ address: 'B62unread', error: 'no', isLoading: false, origin: 'own' },
    };
    const loading: ServiceListing = { address: 'B62wait', isLoading: true, origin: 'list' };
    expect(order([unread, loading, c])).toEqual(['c', 'B62wait', 'B62unread']);
    expect(order([unread, loading, c], { query: 'b62unread' })).toEqual(['B62unread']);
  });

  it('leaves the list it was given as it is', () => {
    const list = Object.freeze([a, b, c]);
    order(list, { sortBy: 'name' });
    expect(list.map(({ address }) => address)).toEqual(['a', 'b', 'c']);
  });
});

describe('a link to the source', () => {
  it.each([
    ['https://github.com/o/n.git', 'https://github.com/o/n/tree/C'],
    ['https://gitlab.com/g/s/n', 'https://gitlab.com/g/s/n/-/tree/C'],
    ['https://codeberg.org/o/n/', 'https://codeberg.org/o/n/src/commit/C'],
    ['https://bitbucket.org/o/n', 'https://bitbucket.org/o/n/src/C'],
  ])('knows %s', (repository, link) => {
    expect(sourceLink(repository, 'C')).toBe(link);
  });

  it.each([
    'https://github.com.evil.example/o/n',
    'http://github.com/o/n',
    'https://example.org/o/n.git',
    'javascript:alert(1)//github.com/',
    'not an address',
  ])('is not made of %s', (repository) => {
    expect(sourceLink(repository, 'C')).toBeUndefined();
  });

  it('names host and path', () => {
    expect(sourceName('http://127.0.0.1:7412/runproof.git')).toBe('127.0.0.1:7412/runproof');
  });
});
