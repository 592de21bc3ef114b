import { For, Match, Show, Switch } from 'solid-js';
import { Checkbox } from '../checkbox.tsx';
import { type ControlProps, Field, Fieldset } from '../field.tsx';
import { FileInput } from '../file-input.tsx';
import { NumberInput } from '../number-input.tsx';
import { SecretInput } from '../secret-input.tsx';
import { Select } from '../select.tsx';
import { TextArea, TextInput } from '../text-input.tsx';
import { Words } from '../words.tsx';
import { inert } from '../inert.ts';
import { type Control, type FormField, keyOf } from './fields.ts';
import { type Raw, type RawValues, labelOf } from './fill.ts';
import { readFile } from './read-file.ts';

export { SchemaForm };

interface SchemaFormProps {
  readonly fields: readonly FormField[];
  readonly values: RawValues;
  /** Beside their fields, by `keyOf` a path. */
  readonly errors: Readonly<Record<string, string>>;
  readonly onValue: (key: string, value: Raw | undefined) => void;
  /** A file that could not be taken, in one sentence. */
  readonly onFault: (key: string, sentence: string) => void;
}

/** Fields of a service's parameters. Whoever uses it holds values and errors. */
const SchemaForm = (props: SchemaFormProps) => (
  <For each={props.fields}>
    {(field) => (
      <Switch fallback={<SchemaField {...props} field={field} />}>
        <Match when={field.control.kind === 'group' && field.control.fields}>
          {(fields) => (
            <Fieldset
              legend={<Words text={field.label} />}
              hint={field.hint === undefined ? undefined : <Words text={field.hint} />}
              error={props.errors[keyOf(field.path)]}
            >
              <SchemaForm {...props} fields={fields()} />
            </Fieldset>
          )}
        </Match>
        <Match when={field.control.kind === 'choices' && field.control.values}>
          {(values) => (
            <Fieldset
              legend={<Words text={field.label} />}
              hint={field.hint === undefined ? undefined : <Words text={field.hint} />}
              error={props.errors[keyOf(field.path)]}
            >
              <For each={values()}>
                {(value, i) => (
                  <Checkbox
                    label={<Words text={labelOf(value)} />}
                    isChecked={chosenIn(props.values[keyOf(field.path)]).includes(i())}
                    onChecked={(isChecked) => {
                      const chosen = chosenIn(props.values[keyOf(field.path)]);
                      props.onValue(
                        keyOf(field.path),
                        isChecked
                          ? [...chosen, i()].sort((a, b) => a - b)
                          : chosen.filter((one) => one !== i())
                      );
                    }}
                  />
                )}
              </For>
            </Fieldset>
          )}
        </Match>
        <Match when={field.control.kind === 'flag'}>
          <Checkbox
            label={<Words text={field.label} />}
            hint={field.hint === undefined ? undefined : <Words text={field.hint} />}
            disabled={field.isReadOnly}
            isChecked={props.values[keyOf(field.path)] === true}
            onChecked={(isChecked) => props.onValue(keyOf(field.path), isChecked)}
          />
        </Match>
      </Switch>
    )}
  </For>
);

const chosenIn = (raw: Raw | undefined): readonly number[] =>
  Array.isArray(raw) ? (raw as readonly number[]) : [];

function SchemaField(props: SchemaFormProps & { readonly field: FormField }) {
  const key = (): string => keyOf(props.field.path);
  const hint = () => {
    const said = props.field.hint;
    const limits = limitsOf(props.field.control, props.field.schema);
    return said === undefined && limits === '' ? undefined : (
      <>
        <Show when={said}>{(words) => <Words text={words()} />}</Show>
        <Show when={limits}>
          {said === undefined ? '' : ' '}
          <span>{limits}</span>
        </Show>
      </>
    );
  };
  return (
    <Field
      label={<Words text={props.field.label} />}
      hint={hint()}
      error={props.errors[key()]}
      isRequired={props.field.isRequired}
      isOptional={!props.field.isRequired}
    >
      {(control) => (
        <SchemaControl
          control={control}
          field={props.field}
          value={props.values[key()]}
          onValue={(value) => props.onValue(key(), value)}
          onFault={(sentence) => props.onFault(key(), sentence)}
        />
      )}
    </Field>
  );
}

function SchemaControl(props: {
  readonly control: ControlProps;
  readonly field: FormField;
  readonly value: Raw | undefined;
  readonly onValue: (value: Raw | undefined) => void;
  readonly onFault: (sentence: string) => void;
}) {
  const text = (): string => (typeof props.value === 'string' ? props.value : '');
  const { control } = props.field;
  const examples = props.field.schema.examples;
  const placeholder =
    Array.isArray(examples) && typeof examples[0] === 'string' ? inert(examples[0]) : undefined;
  const shared = () => ({
    ...props.control,
    disabled: props.field.isReadOnly,
    value: text(),
    onValue: props.onValue,
  });
  switch (control.kind) {
    case 'long-text':
    case 'list':
      return (
        <TextArea {...shared()} rows={control.kind === 'list' ? 3 : 5} placeholder={placeholder} />
      );
    case 'secret':
      return <SecretInput {...shared()} />;
    case 'number':
    case 'whole':
      return <NumberInput {...shared()} isWhole={control.kind === 'whole'} />;
    case 'fixed':
      return (
        <TextInput
          {...props.control}
          isMono
          readOnly
          value={labelOf(control.value)}
          onValue={() => undefined}
        />
      );
    case 'choice':
      return (
        <Select
          {...shared()}
          options={[
            ...(props.field.isRequired && text() !== '' ? [] : [{ value: '', label: '—' }]),
            ...control.values.map((value, i) => ({
              value: String(i),
              label: inert(labelOf(value)),
            })),
          ]}
        />
      );
    case 'file':
      return (
        <FileInput
          {...props.control}
          {...(control.accept === undefined ? {} : { accept: control.accept })}
          name={
            typeof props.value === 'object' && 'name' in props.value ? props.value.name : undefined
          }
          onFile={(file) => {
            if (file === undefined) props.onValue(undefined);
            else
              readFile(file, control.isBase64).then(props.onValue, (error: unknown) =>
                props.onFault(error instanceof Error ? error.message : 'It cannot be read.')
              );
          }}
        />
      );
    default:
      return <TextInput {...shared()} placeholder={placeholder} />;
  }
}

/** What the schema asks, so that nobody learns it from an error. */
function limitsOf({ kind }: Control, schema: Readonly<Record<string, unknown>>): string {
  const { minimum, maximum, maxLength, format } = schema;
  if (kind === 'list') return 'One to a line.';
  if (kind === 'secret') return 'Hidden while you type, and masked in the job’s log.';
  if (typeof minimum === 'number' && typeof maximum === 'number')
    return `From ${minimum} to ${maximum}.`;
  if (typeof minimum === 'number') return `At least ${minimum}.`;
  if (typeof maximum === 'number') return `At most ${maximum}.`;
  if (kind === 'text' && typeof format === 'string') return `A ${format}.`;
  if ((kind === 'text' || kind === 'long-text') && typeof maxLength === 'number')
    return `At most ${maxLength} characters.`;
  return '';
}
