import { Match, Show, Switch, createMemo, createSignal } from 'solid-js';
import { formOf } from '../../components/schema-form/fields.ts';
import { type RawValues, fill, initialValues } from '../../components/schema-form/fill.ts';
import { SchemaForm } from '../../components/schema-form/schema-form.tsx';
import { Words } from '../../components/words.tsx';
import { FormLines } from './form.tsx';
import { readSchema } from './schema-text.ts';

export { ParametersEditor };

/** The schema as text, and beside it the form that a requester will see, to be tried out. */
function ParametersEditor(props: {
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  // The last schema that was one stays in view, so that the preview doesn't blink at every letter.
  const schema = createMemo<unknown>((before) => readSchema(props.value) ?? before, undefined);
  const model = createMemo(() => {
    const now = schema();
    return now === undefined ? undefined : formOf(now);
  });
  const isStale = (): boolean => readSchema(props.value) === undefined;
  return (
    <div class="parameters">
      <FormLines
        field="parameters"
        label="JSON Schema"
        isMono
        rows={14}
        hint="An object. No references and no regular expressions. format, enum, minLength and their like become fields and checks."
        value={props.value}
        onValue={(value) => props.onValue(value)}
      />
      <div class="parameters__preview">
        <p class="field__label">
          What a requester sees
          <Show when={isStale()}>
            <span class="field__optional">before your last change</span>
          </Show>
        </p>
        <Switch>
          <Match when={model()?.kind === 'fields' && model()} keyed>
            {(now) =>
              now.kind === 'fields' ? <Preview schema={schema()} fields={now.fields} /> : null
            }
          </Match>
          <Match when={model()?.kind === 'json' && model()} keyed>
            {(now) => (
              <p class="soft small">
                A JSON editor, since no plain form can be drawn:{' '}
                <Words text={now.kind === 'json' ? now.why : ''} />.
              </p>
            )}
          </Match>
          <Match when={true}>
            <p class="faint small">Nothing yet: the text beside is no schema.</p>
          </Match>
        </Switch>
      </div>
    </div>
  );
}

function Preview(props: {
  readonly schema: unknown;
  readonly fields: Parameters<typeof initialValues>[0];
}) {
  // Made anew with every schema: what was tried in another form belongs to that one.
  const [values, setValues] = createSignal<RawValues>(initialValues(props.fields));
  const [touched, setTouched] = createSignal<readonly string[]>([]);
  const errors = createMemo(() => {
    const all = fill(props.schema, props.fields, values()).errors;
    return Object.fromEntries(Object.entries(all).filter(([key]) => touched().includes(key)));
  });
  return (
    <Show
      when={props.fields.length > 0}
      fallback={<p class="soft small">No parameters: nothing to fill in.</p>}
    >
      <div class="stack">
        <SchemaForm
          fields={props.fields}
          values={values()}
          errors={errors()}
          onValue={(key, value) => {
            setValues((before) => ({ ...before, [key]: value }));
            setTouched((before) => [...before, key]);
          }}
          onFault={() => undefined}
        />
      </div>
    </Show>
  );
}
