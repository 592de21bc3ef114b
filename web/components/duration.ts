export { formatDuration };

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;

/** Nanoseconds as people read them: `840 ms`, `12.34 s`, `3 min 05 s`, `2 h 07 min`. */
function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds < SECOND) return `${nanoseconds / MILLISECOND} ms`;
  const seconds = nanoseconds / SECOND;
  const two = (count: bigint): string => count.toString().padStart(2, '0');
  if (seconds < 60n) return `${seconds}.${two((nanoseconds / (10n * MILLISECOND)) % 100n)} s`;
  if (seconds < 3_600n) return `${seconds / 60n} min ${two(seconds % 60n)} s`;
  return `${seconds / 3_600n} h ${two((seconds % 3_600n) / 60n)} min`;
}
