export { brokersOf };

import type { BlockBroker, Helia } from 'helia';

/**
 * The block brokers that `helia` will be given. Its own `put` tells them of a block before the block
 * is written: a peer who waits is then looked up too early, and not told again.
 */
function brokersOf(helia: Pick<Helia, 'addBlockBroker'>): BlockBroker[] {
  const brokers: BlockBroker[] = [];
  const add = helia.addBlockBroker.bind(helia);
  helia.addBlockBroker = (broker) => {
    if (typeof broker !== 'function') brokers.push(broker);
    add(broker);
  };
  return brokers;
}
