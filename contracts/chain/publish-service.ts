import { servicePermissions } from '../formats/permissions.ts';
import { PROTOCOL } from '../formats/protocol.ts';
import { type ServiceState, encodeServiceState } from '../formats/service-state.ts';
import { type Draft, type FeePayer, accountUpdate, draft } from './command.ts';
import { ChainError } from './error.ts';

export { publishService };

/**
 * Creates a service's account, which is also its inbox, by signature alone. Signed by the service's
 * fresh key, of which nothing is left afterwards, then by the payer: the owner's wallet. Who relies
 * on it calls `checkService`.
 *
 * @throws ChainError `INVALID`
 */
function publishService(options: {
  readonly payer: FeePayer;
  readonly service: string;
  readonly state: ServiceState;
  readonly verificationKey: { readonly data: string; readonly hash: bigint };
  readonly memo?: string;
}): Draft {
  const { payer, service, state, verificationKey, memo } = options;
  if (service === payer.publicKey)
    throw new ChainError('INVALID', 'a service needs a fresh key; the payer’s account exists');
  const updates = [
    accountUpdate(payer.publicKey, {
      authorization: 'signature',
      balanceChange: -PROTOCOL.accountCreationFee,
    }),
    accountUpdate(service, {
      authorization: 'signature',
      state: encodeServiceState(state),
      verificationKey,
      permissions: servicePermissions,
      isNew: true,
    }),
  ];
  return draft(payer, updates, memo);
}
