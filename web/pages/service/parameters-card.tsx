import { Index, Match, Show, Switch } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { SchemaForm } from '../../components/schema-form/schema-form.tsx';
import { SecretInput } from '../../components/secret-input.tsx';
import { TextArea, TextInput } from '../../components/text-input.tsx';
import { Words } from '../../components/words.tsx';
import type { OrderForm } from './order-form.ts';
import type { SecretRow } from './secrets.ts';

export { ParametersCard };

/** What the job is given: parameters by the service's schema, and secrets. */
const ParametersCard = (props: { readonly form: OrderForm }) => (
  <Card
    title="Parameters"
    lead="Sealed to the provider’s keys before they leave this page: the chain and IPFS see only ciphertext."
  >
    <div class="stack">
      <Show when={props.form.errors()['']}>
        {(error) => (
          <Notice tone="bad">
            <Words text={error()} />
          </Notice>
        )}
      </Show>
      <Switch>
        <Match when={props.form.model.kind === 'fields' && props.form.model.fields}>
          {(fields) => (
            <Show
              when={fields().length > 0}
              fallback={<p class="soft">This service takes no parameters.</p>}
            >
              <SchemaForm
                fields={fields()}
                values={props.form.values()}
                errors={props.form.errors()}
                onValue={(key, value) => props.form.setValue(key, value)}
                onFault={(key, sentence) => props.form.setFault(key, sentence)}
              />
            </Show>
          )}
        </Match>
        <Match when={props.form.model.kind === 'json' && props.form.model.why}>
          {(why) => (
            <Field
              label="Parameters as JSON"
              hint={
                <>
                  Its schema has no plain form (<Words text={why()} />
                  ), so it is written out. It is checked as you type.
                </>
              }
            >
              {(control) => (
                <TextArea
                  {...control}
                  isMono
                  rows={10}
                  aria-invalid={props.form.errors()[''] === undefined ? undefined : 'true'}
                  value={props.form.text()}
                  onValue={(text) => props.form.setText(text)}
                />
              )}
            </Field>
          )}
        </Match>
      </Switch>
    </div>
    <Secrets form={props.form} />
  </Card>
);

function Secrets(props: { readonly form: OrderForm }) {
  const change = (at: number, patch: Partial<SecretRow>): void =>
    props.form.setSecrets(
      props.form.secrets().map((row, i) => (i === at ? { ...row, ...patch } : row))
    );
  return (
    <div class="secrets">
      <div class="row row--apart">
        <div>
          <h3>Secrets</h3>
          <p class="small faint">
            Files below <code>$RUNPROOF_SECRETS</code>, in memory, that only the job sees. Outputs
            that hold one are not published.
          </p>
        </div>
        <Button
          size="small"
          icon="plus"
          onClick={() => props.form.setSecrets([...props.form.secrets(), { name: '', value: '' }])}
        >
          Add a secret
        </Button>
      </div>
      <Index each={props.form.secrets()}>
        {(row, i) => (
          <div class="secrets__row">
            <Field
              label={<span class="unseen">Name of secret {i + 1}</span>}
              error={props.form.secretErrors()[i]}
            >
              {(control) => (
                <TextInput
                  {...control}
                  isMono
                  placeholder="NAME"
                  value={row().name}
                  onValue={(name) => change(i, { name })}
                />
              )}
            </Field>
            <Field label={<span class="unseen">Value of secret {i + 1}</span>}>
              {(control) => (
                <SecretInput
                  {...control}
                  placeholder="value"
                  value={row().value}
                  onValue={(value) => change(i, { value })}
                />
              )}
            </Field>
            <Field label={<span class="unseen">Remove</span>}>
              {(control) => (
                <Button
                  id={control.id}
                  variant="quiet"
                  icon="close"
                  aria-label={`Remove secret ${i + 1}`}
                  onClick={() =>
                    props.form.setSecrets(props.form.secrets().filter((_, at) => at !== i))
                  }
                />
              )}
            </Field>
          </div>
        )}
      </Index>
    </div>
  );
}
