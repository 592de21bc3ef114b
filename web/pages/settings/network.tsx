import { Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { type ControlProps, Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { SecretInput } from '../../components/secret-input.tsx';
import { TextArea, TextInput } from '../../components/text-input.tsx';
import { toast } from '../../components/toasts.tsx';
import { useApp } from '../../store/app.tsx';
import { type DraftField, createDraft } from './draft.ts';

export { NetworkCard };

/** Where the page reads and writes. */
function NetworkCard() {
  const app = useApp();
  const draft = createDraft(app.settings, (patch) => app.update(patch));
  const bound = (control: ControlProps, field: DraftField) => ({
    ...control,
    value: draft.values()[field],
    onValue: (value: string) => draft.set(field, value),
  });
  const errorOf = (field: DraftField): string | undefined => draft.errors()[field];
  const save = async (): Promise<void> => {
    if (await draft.save()) toast('Settings are kept.');
    else
      queueMicrotask(() =>
        document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus()
      );
  };
  return (
    <Card
      title="Network"
      lead="Where accounts, history and blocks are read, and where sealed requests are written."
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="settings__grid">
          <Field label="Mina node" hint="GraphQL address" error={errorOf('node')}>
            {(control) => (
              <TextInput
                {...bound(control, 'node')}
                isMono
                inputmode="url"
                placeholder="http://127.0.0.1:8080/graphql"
              />
            )}
          </Field>
          <Field label="Archive" hint="GraphQL address of its history" error={errorOf('archive')}>
            {(control) => (
              <TextInput
                {...bound(control, 'archive')}
                isMono
                inputmode="url"
                placeholder="http://127.0.0.1:8282"
              />
            )}
          </Field>
          <Field
            label="IPFS gateways"
            hint="Trustless ones, one to a line; the first is asked first."
            error={errorOf('gateways')}
          >
            {(control) => (
              <TextArea
                {...bound(control, 'gateways')}
                isMono
                rows={3}
                placeholder="https://trustless-gateway.link"
              />
            )}
          </Field>
          <Field label="Name" isOptional hint="What you call this network." error={errorOf('name')}>
            {(control) => <TextInput {...bound(control, 'name')} placeholder="Lightnet" />}
          </Field>
          <Field
            label="Explorer"
            isOptional
            hint="Address of a transaction’s page, with {hash} in place of its hash"
            error={errorOf('explorer')}
          >
            {(control) => (
              <TextInput
                {...bound(control, 'explorer')}
                isMono
                inputmode="url"
                placeholder="https://minascan.io/devnet/tx/{hash}"
              />
            )}
          </Field>
          <div class="settings__part">
            <h3>Uploads</h3>
            <p>
              Services you publish need a place on IPFS. Sealed requests are put there too; without
              one they go to the provider’s endpoint, or its IPFS node fetches them from this page.
            </p>
          </div>
          <Field label="Upload address" isOptional error={errorOf('upload')}>
            {(control) => (
              <TextInput
                {...bound(control, 'upload')}
                isMono
                inputmode="url"
                placeholder="http://127.0.0.1:7411"
              />
            )}
          </Field>
          <Field label="Upload token" isOptional error={errorOf('uploadToken')}>
            {(control) => <SecretInput {...bound(control, 'uploadToken')} />}
          </Field>
          <div class="settings__part">
            <h3>Registry</h3>
            <p>
              What the market shows. A list is JSON,{' '}
              <code>{'{"version":1,"services":["B62…"]}'}</code>, by http(s) or by CID; each service
              on it is checked against the chain.
            </p>
          </div>
          <Field
            label="Registry lists"
            isOptional
            hint="Addresses or CIDs, one to a line"
            error={errorOf('lists')}
          >
            {(control) => (
              <TextArea
                {...bound(control, 'lists')}
                isMono
                rows={3}
                placeholder="https://… or bafk…"
              />
            )}
          </Field>
          <Field
            label="Services"
            isOptional
            hint="Addresses, one to a line"
            error={errorOf('services')}
          >
            {(control) => (
              <TextArea {...bound(control, 'services')} isMono rows={3} placeholder="B62…" />
            )}
          </Field>
          <div class="settings__wide">
            <Field
              label="Account manager"
              isOptional
              hint="Of an embedded network: hands out test accounts to the development wallet."
              error={errorOf('accountManager')}
            >
              {(control) => (
                <TextInput
                  {...bound(control, 'accountManager')}
                  isMono
                  inputmode="url"
                  placeholder="http://127.0.0.1:8181"
                />
              )}
            </Field>
          </div>
        </div>
        <Show when={draft.problem()}>{(sentence) => <Notice tone="bad">{sentence()}</Notice>}</Show>
        <div class="settings__save">
          <Show when={draft.isDirty()}>
            <Button variant="quiet" onClick={() => draft.reset()}>
              Discard changes
            </Button>
          </Show>
          <Button
            type="submit"
            variant="primary"
            disabled={!draft.isDirty()}
            isBusy={draft.isBusy()}
          >
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}
