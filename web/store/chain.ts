export { type ChainStatus };

/** How the configured node is. `message` is one sentence for people. */
type ChainStatus =
  /** No node is configured. */
  | { readonly kind: 'unset' }
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'ok';
      /** As `mina:testnet`. */
      readonly networkId: string;
      /** Of the newest block, since genesis. */
      readonly slot: number;
      readonly height: number;
      /** Milliseconds of one slot, to tell when a slot will be. */
      readonly slotMilliseconds: number;
    }
  /** Answers, but the node is behind the clock or the archive behind the node. */
  | {
      readonly kind: 'behind';
      readonly networkId: string;
      readonly slot: number;
      readonly height: number;
      readonly slotMilliseconds: number;
      readonly message: string;
    }
  | { readonly kind: 'offline'; readonly message: string };
