import * as v from 'valibot';
import { ParameterSchema } from '../../../contracts/formats/parameters.ts';

export { readSchema };

/** A parameter schema that a service may have, or `undefined`: the errors are the form's to say. */
function readSchema(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(ParameterSchema, json);
  return result.success ? result.output : undefined;
}
