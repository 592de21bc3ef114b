import { Show, createResource, createSignal } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Field } from '../../components/field.tsx';
import { FileInput } from '../../components/file-input.tsx';
import { Notice } from '../../components/notice.tsx';
import { SecretInput } from '../../components/secret-input.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { toast } from '../../components/toasts.tsx';
import { useApp } from '../../store/app.tsx';

export { KeysCard };

/** A passphrase is all that stands between a stolen file and the tabs' balances. */
const SHORTEST = 12;

/** Keys of tabs are made here and lie nowhere else. */
function KeysCard() {
  const { store } = useApp();
  const [isPersistent] = createResource(() => store.isPersistent());
  const [count] = createResource(async () => (await store.listTabs()).length);
  return (
    <Card
      title="Keys"
      lead="Each tab has a key of its own in this browser. It buys that service’s runs up to the tab’s balance, and nothing else; the wallet’s key is never here."
    >
      <div class="stack">
        <Show when={isPersistent() === false && (count() ?? 0) > 0}>
          <Notice tone="warn" title="This browser may clear its storage by itself">
            Export a key file, so that a full disk or a cleared cache does not cost you a tab.
          </Notice>
        </Show>
        <div class="settings__keys">
          <Export count={count()} />
          <Import />
        </div>
      </div>
    </Card>
  );
}

function Export(props: { readonly count: number | undefined }) {
  const { store } = useApp();
  const [passphrase, setPassphrase] = createSignal('');
  const [error, setError] = createSignal<string>();
  const [isBusy, setBusy] = createSignal(false);
  const run = async (): Promise<void> => {
    if (passphrase().length < SHORTEST) {
      setError(`At least ${SHORTEST} characters: four or five words are good.`);
      return;
    }
    setBusy(true);
    try {
      save(await store.exportKeys(passphrase()), 'runproof-keys.age');
      setPassphrase('');
      toast('The key file is written. It opens with this passphrase only.');
    } catch (cause) {
      setError(sentenceOf(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h3>Export</h3>
      <Field
        label="Passphrase"
        hint="Encrypts the file (age). Nobody can recover it."
        error={error()}
      >
        {(control) => (
          <SecretInput
            {...control}
            autocomplete="new-password"
            value={passphrase()}
            onValue={(value) => {
              setPassphrase(value);
              setError(undefined);
            }}
          />
        )}
      </Field>
      <Button type="submit" icon="download" isBusy={isBusy()} disabled={props.count === 0}>
        {props.count === 0
          ? 'No tabs to export yet'
          : `Export ${props.count === undefined ? 'all' : props.count === 1 ? 'one tab' : `${props.count} tabs`}`}
      </Button>
    </form>
  );
}

function Import() {
  const { store } = useApp();
  const [file, setFile] = createSignal<File>();
  const [passphrase, setPassphrase] = createSignal('');
  const [error, setError] = createSignal<string>();
  const [isBusy, setBusy] = createSignal(false);
  const run = async (chosen: File): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { tabs, jobs } = await store.importKeys(chosen, passphrase());
      setFile(undefined);
      setPassphrase('');
      toast(
        tabs + jobs === 0
          ? 'Everything in that file is here already.'
          : `Added: ${tabs} ${tabs === 1 ? 'tab' : 'tabs'}, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}.`
      );
    } catch (cause) {
      setError(sentenceOf(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = file();
        if (chosen === undefined) setError('Choose a key file first.');
        else void run(chosen);
      }}
    >
      <h3>Import</h3>
      <Field label="Key file" hint="Adds what is not here; overwrites nothing newer.">
        {(control) => (
          <FileInput
            {...control}
            accept=".age"
            name={file()?.name}
            onFile={(chosen) => {
              setFile(chosen);
              setError(undefined);
            }}
          />
        )}
      </Field>
      <Field label="Its passphrase" error={error()}>
        {(control) => <SecretInput {...control} value={passphrase()} onValue={setPassphrase} />}
      </Field>
      <Button type="submit" icon="upload" isBusy={isBusy()}>
        Import
      </Button>
    </form>
  );
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
