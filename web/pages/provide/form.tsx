import { type Accessor, type JSX, createContext, createSignal, useContext } from 'solid-js';
import { Field } from '../../components/field.tsx';
import { NumberInput } from '../../components/number-input.tsx';
import { TextArea, TextInput } from '../../components/text-input.tsx';
import type { Errors } from './read-draft.ts';

export {
  type FormState,
  createFormState,
  FormProvider,
  FormText,
  FormLines,
  FormNumber,
  focusFirstError,
};

/** Which errors are shown: of fields that somebody has left, and of all once it was submitted. */
interface FormState {
  error(field: string): string | undefined;
  touch(field: string): void;
  /** Shows every error. */
  showAll(): void;
}

function createFormState(errors: Accessor<Errors>): FormState {
  const [touched, setTouched] = createSignal<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = createSignal(false);
  return {
    error: (field) => (isAll() || touched().has(field) ? errors()[field] : undefined),
    touch: (field) => {
      if (!touched().has(field)) setTouched((before) => new Set([...before, field]));
    },
    showAll: () => setAll(true),
  };
}

const FormContext = createContext<FormState>();

const FormProvider = (props: { readonly state: FormState; readonly children: JSX.Element }) => (
  <FormContext.Provider value={props.state}>{props.children}</FormContext.Provider>
);

function useForm(): FormState {
  const state = useContext(FormContext);
  if (state === undefined) throw new Error('a form field stands outside <FormProvider>');
  return state;
}

interface FormFieldProps {
  /** Names the field among the errors. */
  readonly field: string;
  readonly label: JSX.Element;
  readonly hint?: JSX.Element;
  readonly isOptional?: boolean;
  readonly isMono?: boolean;
  readonly placeholder?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

const FormText = (props: FormFieldProps & { readonly inputmode?: 'url' }) => {
  const form = useForm();
  return (
    <Field
      label={props.label}
      hint={props.hint}
      error={form.error(props.field)}
      isRequired={props.isOptional !== true}
      isOptional={props.isOptional ?? false}
    >
      {(control) => (
        <TextInput
          {...control}
          isMono={props.isMono ?? false}
          inputmode={props.inputmode}
          placeholder={props.placeholder}
          value={props.value}
          onValue={(value) => props.onValue(value)}
          onBlur={() => form.touch(props.field)}
        />
      )}
    </Field>
  );
};

/** A text of several lines, or a list with one entry a line. */
const FormLines = (
  props: FormFieldProps & { readonly rows?: number; readonly aside?: JSX.Element }
) => {
  const form = useForm();
  return (
    <Field
      label={props.label}
      hint={props.hint}
      aside={props.aside}
      error={form.error(props.field)}
      isRequired={props.isOptional !== true}
      isOptional={props.isOptional ?? false}
    >
      {(control) => (
        <TextArea
          {...control}
          isMono={props.isMono ?? false}
          rows={props.rows ?? 3}
          placeholder={props.placeholder}
          value={props.value}
          onValue={(value) => props.onValue(value)}
          onBlur={() => form.touch(props.field)}
        />
      )}
    </Field>
  );
};

const FormNumber = (
  props: FormFieldProps & { readonly unit?: string; readonly isWhole?: boolean }
) => {
  const form = useForm();
  return (
    <Field label={props.label} hint={props.hint} error={form.error(props.field)} isRequired>
      {(control) => (
        <NumberInput
          {...control}
          isWhole={props.isWhole ?? false}
          {...(props.unit === undefined ? {} : { unit: props.unit })}
          value={props.value}
          onValue={(value) => props.onValue(value)}
          onBlur={() => form.touch(props.field)}
        />
      )}
    </Field>
  );
};

/** Where to mend first. Called after the errors are shown. */
function focusFirstError(form: HTMLElement): void {
  queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
