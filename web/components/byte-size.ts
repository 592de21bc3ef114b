export { formatBytes };

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `812 bytes`, `1.4 KiB`, `23 MiB`. */
function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]!}`;
}
