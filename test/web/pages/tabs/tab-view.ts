import { openingState } from '../../../../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms } from '../../../../contracts/formats/terms.ts';
import { generateKeyPair } from '../../../../contracts/chain/sign.ts';
import type { TabReading } from '../../../../requester/tab.ts';
import type { TabView } from '../../../../web/store/tabs.ts';

export { MINA, makeTerms, makeReading, makeView, makeUnread };

const MINA = 1_000_000_000n;

function makeTerms(): Terms {
  const key = (): string => generateKeyPair().publicKey;
  return {
    network: 'mina:testnet',
    tab: key(),
    service: key(),
    requestKey: key(),
    refund: key(),
    payee: key(),
    price: { base: 10_000_000n, perSecond: 250_000_000n },
    token: MINA_TOKEN,
    cap: MINA,
  };
}

/** @param more.expiry default 1,480, read at slot 1,000 */
function makeReading(
  terms: Terms,
  {
    expiry = 1_480,
    spent = 0n,
    ...more
  }: Partial<TabReading> & {
    readonly expiry?: number;
    readonly spent?: bigint;
  } = {}
): TabReading {
  const slot = more.slot ?? 1_000;
  const balance = more.balance ?? 5n * MINA;
  const promised = more.promised ?? 0n;
  return {
    state: { ...openingState(terms, expiry), spent },
    free: balance > promised ? balance - promised : 0n,
    isClosed: expiry === 0,
    isExpired: expiry !== 0 && expiry < slot,
    ...more,
    ...{ slot, balance, promised },
  };
}

const makeView = (more: Parameters<typeof makeReading>[1] = {}, terms = makeTerms()): TabView => {
  const reading = makeReading(terms, more);
  const state = reading.isClosed ? 'closed' : reading.isExpired ? 'expired' : 'open';
  return { tab: terms.tab, terms, network: terms.network, reading, state };
};

const makeUnread = (terms = makeTerms()): TabView => ({
  tab: terms.tab,
  terms,
  network: terms.network,
  state: 'reading',
});
