import { isKey } from '../../../contracts/formats/key.ts';
import { keyHash } from '../../../contracts/formats/terms.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import type { ServiceListing } from '../../store/services.ts';

export { isOwner, ownServices };

/** Whether an address is the one whose hash a service's account holds. */
const isOwner = ({ state }: Pick<ServiceReading, 'state'>, address: string | undefined): boolean =>
  address !== undefined && isKey(address) && state.owner === keyHash(address);

/** Of all services that were read, those of one owner. */
const ownServices = (
  listings: readonly ServiceListing[],
  owner: string | undefined
): readonly ServiceReading[] =>
  listings.flatMap(({ reading }) =>
    reading !== undefined && isOwner(reading, owner) ? [reading] : []
  );
