import { BOUND, type Price } from '../../../contracts/formats/amount.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import { usualFee } from '../../components/usual-fee.ts';

export { capFor, openingCost, ringCost, usualAmount };

/** Nanomina that a job of so many seconds of CPU time costs: `base + perSecond × seconds`. */
function capFor({ base, perSecond }: Price, seconds: number): bigint {
  const cap = base + perSecond * BigInt(Math.max(0, Math.floor(seconds)));
  const most = (1n << BigInt(BOUND.amount)) - 1n;
  return cap < most ? cap : most;
}

/** Jobs that a new tab is proposed to hold: the next ones cost no account and, by hand, no fee. */
const USUAL_JOBS = 5n;

/**
 * Nanomina proposed for a new tab: some jobs at their cap, as many as the wallet has for, and one at least.
 *
 * @param balance of the wallet, where it is known
 */
function usualAmount(cap: bigint, balance: bigint | undefined): bigint {
  const most = (1n << BigInt(BOUND.amount)) - 1n;
  let amount = USUAL_JOBS * cap;
  while (amount > cap && (amount > most || (balance ?? most) < openingCost(amount).total))
    amount -= cap;
  return amount;
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
