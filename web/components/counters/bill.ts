import { type Price, amountOf } from '../../../contracts/formats/amount.ts';
import { EXIT } from '../../../contracts/formats/job.ts';

export { billOf };

/** The steps of {@link amountOf}, all in nanomina. */
function billOf(
  price: Price,
  taskClock: bigint,
  exitStatus: number,
  maximum: bigint
): {
  /** What the task clock costs. */
  readonly metered: bigint;
  readonly isCapped: boolean;
  readonly isFree: boolean;
  readonly amount: bigint;
} {
  const metered = (price.perSecond * taskClock) / 1_000_000_000n;
  const isFree = exitStatus === EXIT.refused;
  return {
    metered,
    isFree,
    isCapped: !isFree && price.base + metered > maximum,
    amount: amountOf(price, taskClock, exitStatus, maximum),
  };
}
