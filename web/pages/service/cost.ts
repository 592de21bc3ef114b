import { BOUND, type Price } from '../../../contracts/formats/amount.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import { usualFee } from '../../components/usual-fee.ts';

export { capFor, secondsWithin, openingCost, ringCost };

/** Nanomina that a job of so many seconds of CPU time costs: `base + perSecond × seconds`. */
function capFor({ base, perSecond }: Price, seconds: number): bigint {
  const cap = base + perSecond * BigInt(Math.max(0, Math.floor(seconds)));
  const most = (1n << BigInt(BOUND.amount)) - 1n;
  return cap < most ? cap : most;
}

/** Seconds of CPU time that a cap pays for; `undefined` where time costs nothing. */
function secondsWithin({ base, perSecond }: Price, cap: bigint): number | undefined {
  if (perSecond === 0n) return undefined;
  return cap <= base ? 0 : Number((cap - base) / perSecond);
}

interface Cost {
  /** Nanomina, as the wallet is likely to show it; a busy network asks more. */
  readonly fee: bigint;
  readonly total: bigint;
}

/** A new tab and its first ring: the payer's, the tab's and the service's updates, and a new account. */
const openingCost = (amount: bigint): Cost & { readonly account: bigint } => {
  const fee = usualFee(3);
  const account = PROTOCOL.accountCreationFee;
  return { fee, account, total: amount + account + fee };
};

/** A ring from a tab that is open already. */
const ringCost = (): Cost => ({ fee: usualFee(1), total: usualFee(1) });
