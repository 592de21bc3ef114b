export { shareOf };

/** Parts per thousand of the sum, for drawing only; what is not nothing gets at least eight, to be seen. */
function shareOf(amounts: readonly bigint[]): readonly number[] {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  return amounts.map((amount) =>
    amount === 0n ? 0 : Math.max(8, Number((amount * 1_000n) / total))
  );
}
