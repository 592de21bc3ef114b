export { type SecretRow, secretsOf };

/** A file below `$RUNPROOF_SECRETS` that only the job sees, as typed. */
interface SecretRow {
  readonly name: string;
  readonly value: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const LONGEST = 32_768;

/** Secrets by name, and an error a row; none where any row has one. Empty rows don't count. */
function secretsOf(rows: readonly SecretRow[]): {
  readonly secrets: Readonly<Record<string, string>> | undefined;
  readonly errors: readonly (string | undefined)[];
} {
  const errors = rows.map(({ name, value }, i) => {
    if (name === '' && value === '') return undefined;
    if (!NAME.test(name)) return 'A name has letters, digits and _, and begins with no digit.';
    if (rows.findIndex((row) => row.name === name) < i) return `${name} is there already.`;
    if (value.length > LONGEST) return `At most ${LONGEST} characters.`;
    return undefined;
  });
  if (errors.some((error) => error !== undefined)) return { secrets: undefined, errors };
  const named = rows.filter(({ name }) => name !== '');
  return { secrets: Object.fromEntries(named.map(({ name, value }) => [name, value])), errors };
}
