import { type Accessor, createMemo, createSignal } from 'solid-js';
import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import type { Parameters } from '../../../contracts/formats/parameters.ts';
import {
  type Filled,
  type FormModel,
  type Raw,
  type RawValues,
  fill,
  fillText,
  formOf,
  initialText,
  initialValues,
} from '../../components/schema-form/model.ts';
import { type SecretRow, secretsOf } from './secrets.ts';

export { type OrderForm, createOrderForm };

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
  /** Everything, or `undefined` with all errors shown. */
  order(): FilledOrder | undefined;
}

function createOrderForm({ parameters: schema }: Pick<Descriptor, 'parameters'>): OrderForm {
  const model = formOf(schema);
  const [values, setValues] = createSignal<RawValues>(
    model.kind === 'fields' ? initialValues(model.fields) : {}
  );
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
