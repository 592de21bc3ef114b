import type { TabEarnings } from '../../../requester/earnings.ts';

export { earningsTotals };

/** Nanomina settled, and nanomina in tabs that can still settle at a slot. */
const earningsTotals = (
  tabs: readonly TabEarnings[],
  slot = 0
): { readonly settled: bigint; readonly open: bigint } => ({
  settled: tabs.reduce((sum, { spent }) => sum + spent, 0n),
  open: tabs.reduce(
    (sum, { balance, expiry }) => (expiry !== 0 && expiry >= slot ? sum + balance : sum),
    0n
  ),
});
