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
  | 'explorer'
  | 'accountManager'
  | 'services'
  | 'lists';
type Values = Readonly<Record<DraftField, string>>;

interface Draft {
  readonly values: Accessor<Values>;
  /** One sentence a field. */
  readonly errors: Accessor<Readonly<Partial<Record<DraftField, string>>>>;
  /** What is wrong with no field of the form. */
  readonly problem: Accessor<string | undefined>;
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
  explorer: settings.explorer,
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
  explorer: values.explorer.trim(),
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
  const [errors, setErrors] = createSignal<ReturnType<Draft['errors']>>({});
  const [problem, setProblem] = createSignal<string>();
  const forgive = (): void => {
    setErrors({});
    setProblem(undefined);
  };
  const reset = (): void => {
    setValues(valuesOf(settings()));
    setDirty(false);
    forgive();
  };
  createEffect(
    on(settings, () => {
      if (!isDirty()) reset();
    })
  );
  return {
    ...{ values, errors, problem, isDirty, isBusy, reset },
    set(field, value) {
      setValues((all) => ({ ...all, [field]: value }));
      setDirty(true);
      setErrors((all) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => name !== field))
      );
    },
    async save() {
      setBusy(true);
      forgive();
      try {
        await update(patchOf(values()));
        reset();
        return true;
      } catch (cause) {
        const faults = cause instanceof SettingsError ? cause.faults : [];
        const found = faults.flatMap(({ field, message }) => {
          const name = fieldOf(field);
          return name === undefined ? [] : [[name, message] as const];
        });
        // Of several in one field the first.
        setErrors(Object.fromEntries(found.reverse()));
        if (found.length === 0) setProblem(sentenceOf(cause));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
