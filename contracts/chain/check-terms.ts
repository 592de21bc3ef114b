import { type Price } from '../formats/amount.ts';
import { MINA_TOKEN, type Terms } from '../formats/terms.ts';
import { AccountRefused } from './refused.ts';

export { checkTerms };

/**
 * Holds the terms that a requester wrote against what the service asks. A tab proves only that its
 * opener committed to them.
 *
 * @throws AccountRefused `SERVICE`, `PAYEE`, `PRICE`, `TOKEN`
 */
function checkTerms(
  terms: Terms,
  offer: { readonly service: string; readonly payee: string; readonly price: Price }
): void {
  if (terms.service !== offer.service)
    throw new AccountRefused('SERVICE', `the terms are for ${terms.service}, not ${offer.service}`);
  if (terms.payee !== offer.payee)
    throw new AccountRefused('PAYEE', `the terms pay ${terms.payee}, expected ${offer.payee}`);
  if (terms.token !== MINA_TOKEN)
    throw new AccountRefused('TOKEN', `the terms are in token ${terms.token}, expected MINA`);
  const { base, perSecond } = terms.price;
  if (base !== offer.price.base || perSecond !== offer.price.perSecond)
    throw new AccountRefused(
      'PRICE',
      `the terms pay ${base} and ${perSecond} a second, the price is ${offer.price.base} and ${offer.price.perSecond}`
    );
}
