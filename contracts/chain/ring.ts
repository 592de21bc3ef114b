import { type InboxAction, encodeAction } from '../formats/action.ts';
import { PROTOCOL } from '../formats/protocol.ts';
import { type AccountUpdate, type Draft, type FeePayer, accountUpdate, draft } from './command.ts';
import { ChainError } from './error.ts';

export { ring, ringUpdate };

interface RingOptions {
  readonly payer: FeePayer;
  readonly service: string;
  /** 1 to {@link PROTOCOL.ringsPerTransaction}, in the order in which they shall be read. */
  readonly actions: readonly InboxAction[];
  readonly memo?: string;
}

/** Appends to a service's inbox. Anybody may: the service's account asks for no authorization. */
const ring = ({ payer, service, actions, memo }: RingOptions): Draft =>
  draft(payer, [ringUpdate(service, actions)], memo);

/** @throws ChainError `LIMIT` */
function ringUpdate(service: string, actions: readonly InboxAction[]): AccountUpdate {
  const most = PROTOCOL.ringsPerTransaction;
  if (actions.length === 0 || actions.length > most)
    throw new ChainError(
      'LIMIT',
      `${actions.length} rings in one transaction, 1 to ${most} are possible; send the rest separately`
    );
  return accountUpdate(service, {
    authorization: 'none',
    actions: actions.map(encodeAction),
  });
}
