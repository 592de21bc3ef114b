export { formatInstant, formatRelative };

const INSTANT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
});
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** Day, time and zone. */
const formatInstant = (at: Date): string => INSTANT.format(at);

/** `in 3 hours`, `2 minutes ago`, `just now`. @param milliseconds from now on; below 0 is past */
function formatRelative(milliseconds: number): string {
  for (const [unit, length] of UNITS)
    if (Math.abs(milliseconds) >= length)
      return RELATIVE.format(Math.trunc(milliseconds / length), unit);
  return milliseconds > 0 ? 'in less than a minute' : 'just now';
}
