import { type Accessor, batch, createMemo, createSignal } from 'solid-js';
import * as v from 'valibot';
import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import type { Parameters } from '../../../contracts/formats/parameters.ts';
import { type FormModel, formOf, keepableKeys } from '../../components/schema-form/fields.ts';
import {
  type Filled,
  type Raw,
  type RawValues,
  fill,
  fillText,
  initialText,
  initialValues,
} from '../../components/schema-form/fill.ts';
import { type SecretRow, secretsOf } from './secrets.ts';

export { type OrderForm, Typed, createOrderForm };

/** What was typed, as far as it may lie in a browser: no secrets, no files. */
const Typed = v.strictObject({
  values: v.record(v.string(), v.union([v.string(), v.boolean(), v.array(v.number())])),
  text: v.string(),
});
type Typed = v.InferOutput<typeof Typed>;

interface FilledOrder {
  readonly parameters: Parameters;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a requester fills in: parameters, as fields or as JSON, and secrets. */
interface OrderForm {
  readonly model: FormModel;
  readonly values: Accessor<RawValues>;
  readonly text: Accessor<string>;
  readonly secrets: Accessor<readonly SecretRow[]>;
  /** Beside their fields; of fields that nobody has touched only once something was ordered. */
  readonly errors: Accessor<Readonly<Record<string, string>>>;
  readonly secretErrors: Accessor<readonly (string | undefined)[]>;
  setValue(key: string, value: Raw | undefined): void;
  setFault(key: string, sentence: string): void;
  setText(text: string): void;
  setSecrets(rows: readonly SecretRow[]): void;
  readonly typed: Accessor<Typed>;
  /** Brings back what was typed before; whatever does not fit this form is left out. */
  restore(typed: Typed): void;
  /** Everything, or `undefined` with all errors shown. */
  order(): FilledOrder | undefined;
}

function createOrderForm({ parameters: schema }: Pick<Descriptor, 'parameters'>): OrderForm {
  const model = formOf(schema);
  const initial = model.kind === 'fields' ? initialValues(model.fields) : {};
  const keepable = model.kind === 'fields' ? keepableKeys(model.fields) : [];
  // Written out, a secret cannot be told from the rest.
  const isTextKept = !JSON.stringify(schema).includes('"writeOnly":true');
  const [values, setValues] = createSignal<RawValues>(initial);
  const [text, setText] = createSignal(model.kind === 'json' ? initialText(schema) : '');
  const [secrets, setSecrets] = createSignal<readonly SecretRow[]>([]);
  const [faults, setFaults] = createSignal<Readonly<Record<string, string>>>({});
  const [touched, setTouched] = createSignal<ReadonlySet<string>>(new Set());
  const [isOrdered, setOrdered] = createSignal(false);

  const filled = createMemo<Filled>(() =>
    model.kind === 'fields' ? fill(schema, model.fields, values()) : fillText(schema, text())
  );
  const checked = createMemo(() => secretsOf(secrets()));
  const errors = createMemo(() => {
    const all = Object.entries({ ...filled().errors, ...faults() });
    return Object.fromEntries(all.filter(([key]) => isOrdered() || touched().has(key)));
  });
  const typed = createMemo((): Typed => ({
    values: Object.fromEntries(
      keepable.flatMap((key) => {
        const value = values()[key];
        return value === undefined || value === initial[key] ? [] : [[key, keepableRaw(value)]];
      })
    ),
    text: isTextKept ? text() : '',
  }));
  const touch = (key: string): void => {
    setTouched((keys) => new Set([...keys, key]));
    setFaults((all) => Object.fromEntries(Object.entries(all).filter(([at]) => at !== key)));
  };

  return {
    model,
    values,
    text,
    secrets,
    errors,
    secretErrors: () => checked().errors.map((error) => (isOrdered() ? error : undefined)),
    setValue(key, value) {
      touch(key);
      setValues((all) => ({ ...all, [key]: value }));
    },
    setFault(key, sentence) {
      touch(key);
      setFaults((all) => ({ ...all, [key]: sentence }));
    },
    setText(value) {
      touch('');
      setText(value);
    },
    setSecrets,
    typed,
    restore(before) {
      const fitting = Object.entries(before.values).filter(
        ([key, value]) =>
          keepable.includes(key) &&
          typeof value === typeof initial[key] &&
          Array.isArray(value) === Array.isArray(initial[key])
      );
      batch(() => {
        setTouched(new Set(fitting.map(([key]) => key)));
        setValues((all) => ({ ...all, ...Object.fromEntries(fitting) }));
        if (model.kind === 'json' && isTextKept && before.text !== '') setText(before.text);
      });
    },
    order() {
      setOrdered(true);
      const { parameters } = filled();
      const { secrets: named } = checked();
      if (parameters === undefined || named === undefined || Object.keys(faults()).length > 0)
        return undefined;
      return { parameters, secrets: named };
    },
  };
}

/** Only texts, ticks and ticked values' numbers come from controls that are kept. */
const keepableRaw = (raw: Raw): string | boolean | number[] =>
  typeof raw === 'object' ? (Array.isArray(raw) ? [...(raw as readonly number[])] : '') : raw;
