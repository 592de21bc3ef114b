import { rawCidOf } from '../../contracts/formats/cid.ts';
import { type Descriptor, parseDescriptor, priceOf } from '../../contracts/formats/descriptor.ts';
import type { Price } from '../../contracts/formats/amount.ts';
import { type Keyset, parseKeyset } from '../../contracts/formats/keyset.ts';
import { keyHash } from '../../contracts/formats/terms.ts';
import { equalBytes } from '../../contracts/formats/bytes.ts';
import { type Abortable, type Chain, isLookalike } from './chain.ts';
import type { Content } from './content.ts';
import { DaemonError, Refusal } from './error.ts';

export { Offers, type Offer };

/** One of our services, as its account says now. */
interface Offer {
  readonly address: string;
  readonly descriptor: Descriptor;
  readonly price: Price;
  readonly keyset: Keyset;
  readonly paused: boolean;
}

/** What this daemon sells. A descriptor never changes; keys and the paused flag do. */
class Offers {
  readonly #known = new Map<string, Offer & { readonly keysetDigest: Uint8Array }>();

  constructor(
    readonly addresses: readonly string[],
    private readonly runner: string,
    private readonly chain: Pick<Chain, 'service'>,
    private readonly content: Pick<Content, 'get'>
  ) {}

  has(address: string): boolean {
    return this.addresses.includes(address);
  }

  /**
   * Reads the account anew; the blocks that it names only where they have changed.
   *
   * @throws {Refusal} `SERVICE` for an account that is not ours or not a service
   * @throws {DaemonError} `NOT_OURS` where the owner has named another runner
   */
  async current(address: string, options: Abortable): Promise<Offer> {
    if (!this.has(address))
      throw new Refusal('SERVICE', `${address} is not a service of this provider`);
    const state = await this.chain.service(address, options);
    if (isLookalike(state))
      throw new Refusal('SERVICE', `the service ${address} cannot be used: ${state.reason}`);
    if (state.runner !== keyHash(this.runner))
      throw new DaemonError(
        'NOT_OURS',
        `the service ${address} names another runner key than ${this.runner}; rotate it or start with its key`
      );
    const known = this.#known.get(address);
    const descriptor =
      known?.descriptor ??
      parseDescriptor(await this.content.get(rawCidOf(state.descriptor), options));
    const keyset =
      known !== undefined && equalBytes(known.keysetDigest, state.keyset)
        ? known.keyset
        : parseKeyset(await this.content.get(rawCidOf(state.keyset), options));
    const offer = {
      address,
      descriptor,
      price: priceOf(descriptor),
      keyset,
      keysetDigest: state.keyset,
      paused: state.paused,
    };
    this.#known.set(address, offer);
    return offer;
  }
}
