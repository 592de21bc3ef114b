import { Field, PublicKey, Struct, UInt64 } from 'o1js';
import { fromText } from '../formats/field.ts';
import { BOUND } from '../formats/amount.ts';
import type { Terms as PlainTerms } from '../formats/terms.ts';
import { hashIn } from './domain.ts';
import { assertBelow } from './range.ts';

export { Terms, keyHash };

/** What both sides of a tab agreed on; see `formats/terms.ts`. */
class Terms extends Struct({
  network: Field,
  tab: PublicKey,
  service: PublicKey,
  requestKey: PublicKey,
  refund: PublicKey,
  payee: PublicKey,
  base: UInt64,
  perSecond: UInt64,
  token: Field,
  cap: UInt64,
}) {
  static from(terms: PlainTerms): Terms {
    const key = (name: 'tab' | 'service' | 'requestKey' | 'refund' | 'payee'): PublicKey =>
      PublicKey.fromBase58(terms[name]);
    return new Terms({
      network: Field(fromText(terms.network)),
      tab: key('tab'),
      service: key('service'),
      requestKey: key('requestKey'),
      refund: key('refund'),
      payee: key('payee'),
      base: UInt64.from(terms.price.base),
      perSecond: UInt64.from(terms.price.perSecond),
      token: Field(terms.token),
      cap: UInt64.from(terms.cap),
    });
  }

  /** Poseidon over the 15 elements. 8 permutations, 104 rows. */
  commitment(): Field {
    const keys = [this.tab, this.service, this.requestKey, this.refund, this.payee];
    return hashIn(
      'terms',
      this.network,
      ...keys.flatMap((key) => key.toFields()),
      this.base.value,
      this.perSecond.value,
      this.token,
      this.cap.value
    );
  }

  /** Holds the prices within the bounds that keep an amount from overflowing. */
  assertBounds(): void {
    assertBelow(this.base.value, BOUND.base);
    assertBelow(this.perSecond.value, BOUND.perSecond);
  }
}

/** Commitment to a public key, as the Service account holds its owner's and its runner's. 26 rows. */
const keyHash = (key: PublicKey): Field => hashIn('key', ...key.toFields());
