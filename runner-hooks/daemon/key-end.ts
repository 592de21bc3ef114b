import { FormatError } from '../../contracts/formats/error.ts';
import type { Context } from './context.ts';
import { Refusal, isFatal } from './error.ts';

export { type KeyRing, destroyOldKeys };

/** Private keys of keysets by epoch, as far as they may be taken away. */
interface KeyRing {
  /** Epochs of which keys are still here. */
  epochs(): readonly number[];
  /** Makes the keys of one epoch unreadable, as well as this machine can. Again after a crash. */
  destroy(epoch: number): Promise<void>;
}

/**
 * Destroys the private keys of epochs that all our services have left, once the last job that was
 * accepted with them has run: whoever takes this machine later opens nothing that was sealed before
 * (K2). Not before a reorganisation can no longer take the rotation back, or requests would come that
 * nobody opens.
 */
async function destroyOldKeys(context: Context): Promise<void> {
  const { parts, policy, offers, journal, left, now } = context;
  const { keys } = parts;
  if (keys === undefined || keys.epochs().length === 0) return;
  if (left.checked + policy.keyCheck > now()) return;
  left.checked = now();
  const present = await presentEpoch(context);
  if (present === undefined) return;
  for (const epoch of keys.epochs()) {
    if (epoch >= present) {
      left.since.delete(epoch);
      continue;
    }
    const since = left.since.get(epoch) ?? now();
    left.since.set(epoch, since);
    const needed = journal.jobs.epochsToRun();
    if (since + policy.finality > now() || needed.has(epoch) || needed.has(undefined)) continue;
    await keys.destroy(epoch);
    context.emit({ kind: 'keys-destroyed', epoch, services: offers.addresses });
  }
}

/** The oldest epoch that one of our services is in; `undefined` where not all could be read. */
async function presentEpoch(context: Context): Promise<number | undefined> {
  const { offers, policy } = context;
  const signal = context.within(policy.fetch);
  try {
    const epochs = [];
    for (const address of offers.addresses)
      epochs.push((await offers.current(address, { signal })).keyset.epoch);
    return Math.min(...epochs);
  } catch (error) {
    if (isFatal(error)) throw error;
    if (error instanceof Refusal || error instanceof FormatError) return undefined;
    throw error;
  }
}
