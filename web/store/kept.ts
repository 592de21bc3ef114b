import * as v from 'valibot';
import { type Database, openDatabase } from './database.ts';

export { type Kept, createKept };

/** Values of one kind, kept by name: a form half filled in, a step that waits for somebody else. */
interface Kept<T> {
  /** @returns `undefined` where there is none, or where an older release kept something else */
  read(key: string): Promise<T | undefined>;
  /** Durable when it resolves. */
  write(key: string, value: T): Promise<void>;
  drop(key: string): Promise<void>;
}

let shared: Promise<Database> | undefined;

/**
 * @param kind set before each key, so that kinds do not meet
 * @param database opened at first use
 */
function createKept<const S extends v.GenericSchema>(
  kind: string,
  schema: S,
  database: () => Promise<Database> = () => (shared ??= openDatabase())
): Kept<v.InferOutput<S>> {
  const nameOf = (key: string): string => `${kind}/${key}`;
  return {
    async read(key) {
      const result = v.safeParse(schema, await (await database()).get('values', nameOf(key)));
      return result.success ? result.output : undefined;
    },
    async write(key, value) {
      const transaction = (await database()).transaction('values', 'readwrite', {
        durability: 'strict',
      });
      await transaction.store.put(value, nameOf(key));
      await transaction.done;
    },
    async drop(key) {
      await (await database()).delete('values', nameOf(key));
    },
  };
}
