import { type Accessor, createEffect, createSignal, on } from 'solid-js';
import { sentenceOf } from '../../components/sentence.ts';
import { NO_SETTINGS, SettingsError, type WebSettings } from '../../store/settings.ts';

export { type Draft, type DraftField, createDraft };

/** Settings as they are typed: lists have one entry to a line. */
type DraftField =
  | 'name'
  | 'node'
  | 'archive'
  | 'gateways'
  | 'upload'
  | 'uploadToken'
  | 'accountManager'
  | 'services'
  | 'lists';
type Values = Readonly<Record<DraftField, string>>;

interface Draft {
  readonly values: Accessor<Values>;
  readonly error: Accessor<
    { readonly field: DraftField | undefined; readonly sentence: string } | undefined
  >;
  readonly isDirty: Accessor<boolean>;
  readonly isBusy: Accessor<boolean>;
  set(field: DraftField, value: string): void;
  reset(): void;
  /** Whether it was kept. */
  save(): Promise<boolean>;
}

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const valuesOf = (settings: WebSettings): Values => ({
  name: settings.name,
  node: settings.node,
  archive: settings.archive,
  gateways: settings.gateways.join('\n'),
  upload: settings.upload,
  uploadToken: settings.uploadToken,
  accountManager: settings.accountManager,
  services: settings.registry.services.join('\n'),
  lists: settings.registry.lists.join('\n'),
});

const patchOf = (values: Values): Partial<WebSettings> => ({
  name: values.name.trim(),
  node: values.node.trim(),
  archive: values.archive.trim(),
  gateways: lines(values.gateways),
  upload: values.upload.trim(),
  uploadToken: values.uploadToken.trim(),
  accountManager: values.accountManager.trim(),
  registry: { services: lines(values.services), lists: lines(values.lists) },
});

/** `gateways.1` is the field `gateways`, `registry.lists.0` the field `lists`. */
function fieldOf(path: string): DraftField | undefined {
  const parts = path.split('.');
  const name = parts[0] === 'registry' ? parts[1] : parts[0];
  return name !== undefined && name in valuesOf(NO_SETTINGS) ? (name as DraftField) : undefined;
}

/** What is typed and not kept yet. Follows the settings until somebody types. */
function createDraft(
  settings: Accessor<WebSettings>,
  update: (patch: Partial<WebSettings>) => Promise<void>
): Draft {
  const [values, setValues] = createSignal(valuesOf(settings()));
  const [isDirty, setDirty] = createSignal(false);
  const [isBusy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<ReturnType<Draft['error']>>();
  const reset = (): void => {
    setValues(valuesOf(settings()));
    setDirty(false);
    setError(undefined);
  };
  createEffect(
    on(settings, () => {
      if (!isDirty()) reset();
    })
  );
  return {
    ...{ values, error, isDirty, isBusy, reset },
    set(field, value) {
      setValues((all) => ({ ...all, [field]: value }));
      setDirty(true);
      if (error()?.field === field) setError(undefined);
    },
    async save() {
      setBusy(true);
      setError(undefined);
      try {
        await update(patchOf(values()));
        reset();
        return true;
      } catch (cause) {
        const field = cause instanceof SettingsError ? fieldOf(cause.field) : undefined;
        setError({ field, sentence: sentenceOf(cause) });
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
