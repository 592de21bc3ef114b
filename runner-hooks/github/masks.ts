export { masksIn };

/** What secrets are called. */
const SECRET =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|(^|_)AUTH(_|$)/i;
const MAX_MASKS = 1_000;
const MAX_VALUE = 16_384;

/** Values of an environment that look like secrets by their names: GitHub tells its hooks no others. */
const masksIn = (environment: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(environment)
    .flatMap(([name, value]) =>
      value !== undefined &&
      SECRET.test(name) &&
      !name.endsWith('_URL') &&
      value.length <= MAX_VALUE
        ? [value]
        : []
    )
    .slice(0, MAX_MASKS);
