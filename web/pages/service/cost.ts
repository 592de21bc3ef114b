import { BOUND, type Price } from '../../../contracts/formats/amount.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';

export { capFor, secondsWithin, openingCost, ringCost, slotsFor };

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

/** What is usually asked: ten times the least, by the account updates beside the fee payer's. */
const usualFee = (updates: bigint): bigint => 10n * PROTOCOL.minimumFeePerUpdate * (updates + 1n);

interface Cost {
  /** Nanomina, as the wallet is likely to show it; a busy network asks more. */
  readonly fee: bigint;
  readonly total: bigint;
}

/** A new tab and its first ring: the payer's, the tab's and the service's updates, and a new account. */
const openingCost = (amount: bigint): Cost & { readonly account: bigint } => {
  const fee = usualFee(3n);
  const account = PROTOCOL.accountCreationFee;
  return { fee, account, total: amount + account + fee };
};

/** A ring from a tab that is open already. */
const ringCost = (): Cost => ({ fee: usualFee(1n), total: usualFee(1n) });

/** Slots of a time from now on, at least one. */
const slotsFor = (milliseconds: number, slotMilliseconds: number): number =>
  Math.max(1, Math.ceil(milliseconds / slotMilliseconds));
