import { type Keyset, hasExpired } from '../contracts/formats/keyset.ts';
import type { Terms } from '../contracts/formats/terms.ts';
import { RequesterError } from './error.ts';
import type { ServiceReading } from './read-service.ts';
import type { VaultRecord } from './vault.ts';

export { assertSealable, assertUsable };

/** Seals to no keyset whose time is over: its keys may be anybody's by now. @throws RequesterError `KEYSET` */
function assertSealable(keyset: Pick<Keyset, 'epoch' | 'until'>, slot: number): void {
  if (hasExpired(keyset, slot))
    throw new RequesterError(
      'KEYSET',
      `the keys of epoch ${keyset.epoch} were good until slot ${keyset.until!}, now is slot ${slot}; wait for the provider to rotate them.`
    );
}

/**
 * Everything that the daemon would refuse a job's secret for, before it is sealed in.
 *
 * @throws RequesterError `CREDENTIAL`
 */
function assertUsable(
  { name, state, credential, epoch }: VaultRecord,
  { network, service, tab }: Terms,
  { keyset }: Pick<ServiceReading, 'keyset'>,
  slot: number
): void {
  const refuse = (why: string): RequesterError =>
    new RequesterError('CREDENTIAL', `the secret ${name} cannot be given to the job: ${why}.`);
  if (state === 'revoked') throw refuse('it was revoked');
  const { purpose, expiry } = credential;
  const isBound = [
    [credential.network, network],
    [credential.service, service],
    [credential.tab, tab],
    [purpose, 'job'],
  ].every(([found, wanted]) => found === wanted);
  if (!isBound) throw refuse('it is bound to another tab, service or purpose');
  if (epoch !== keyset.epoch)
    throw refuse(
      `it is sealed to epoch ${epoch}, the service is in epoch ${keyset.epoch}; put it again`
    );
  if (expiry < slot) throw refuse(`it expired at slot ${expiry}, now is slot ${slot}`);
}
