import type { FormField, Schema } from './fields.ts';

export { NEEDED, faultAt };

const NEEDED = 'Needed.';

/**
 * What is wrong with a field, for whoever fills it in.
 *
 * @param path of the fault: the field's own, or that of an entry of its list
 * @param word of the schema that it goes against
 * @param message the validator's, where there is nothing better to say
 */
function faultAt(
  { path: own, schema }: FormField,
  path: readonly string[],
  word: string,
  message: string
): string {
  const entry = path[own.length];
  if (entry === undefined) return explain(word, schema, message);
  return `Entry ${Number(entry) + 1}: ${explain(word, schema.items as Schema, message)}`;
}

/** The validator's verdict in a form's words. */
function explain(word: string, schema: Schema, message: string): string {
  const limit = String(schema[word]);
  switch (word) {
    case 'minLength':
      return limit === '1' ? NEEDED : `At least ${limit} characters.`;
    case 'maxLength':
      return `At most ${limit} characters.`;
    case 'minimum':
      return `At least ${limit}.`;
    case 'maximum':
      return `At most ${limit}.`;
    case 'exclusiveMinimum':
      return `More than ${limit}.`;
    case 'exclusiveMaximum':
      return `Less than ${limit}.`;
    case 'multipleOf':
      return `A multiple of ${limit}.`;
    case 'minItems':
      return `At least ${limit} entries.`;
    case 'maxItems':
      return `At most ${limit} entries.`;
    case 'format':
      return FORMATS[limit] ?? `Not a valid ${limit}.`;
    default:
      return message;
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'A date such as 2026-11-30.',
  'date-time': 'A date and time such as 2026-11-30T12:00:00Z.',
  duration: 'A duration such as PT15M.',
  email: 'An e-mail address.',
  hostname: 'A host name such as example.org.',
  ipv4: 'An address such as 192.0.2.1.',
  ipv6: 'An address such as 2001:db8::1.',
  time: 'A time such as 12:00:00Z.',
  uuid: 'A UUID.',
};
