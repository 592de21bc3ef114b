import { type JSX, Show, createUniqueId } from 'solid-js';
import { Icon } from './icon.tsx';
import './field.css';

export { Field, Fieldset, type ControlProps };

/** What a control needs so that its label, hint and error are read with it. */
interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
  readonly required: boolean;
}

interface FieldProps {
  readonly label: JSX.Element;
  readonly hint?: JSX.Element;
  /** One sentence. The room for it grows below the control, not above. */
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  /** Says "optional" beside the label. */
  readonly isOptional?: boolean;
  /** Beside the label, at the line's end: a unit, a count, a small button. */
  readonly aside?: JSX.Element;
  readonly children: (control: ControlProps) => JSX.Element;
}

/** Label, hint, control and error as one. */
function Field(props: FieldProps) {
  const id = createUniqueId();
  const control: ControlProps = {
    id,
    get 'aria-describedby'() {
      const ids = [
        props.hint === undefined ? '' : `${id}-hint`,
        props.error === undefined ? '' : `${id}-error`,
      ];
      return ids.filter(Boolean).join(' ') || undefined;
    },
    get 'aria-invalid'() {
      return props.error === undefined ? undefined : 'true';
    },
    get required() {
      return props.isRequired === true;
    },
  };
  return (
    <div class="field" classList={{ 'field--wrong': props.error !== undefined }}>
      <div class="field__head">
        <label class="field__label" for={id}>
          {props.label}
          <Show when={props.isOptional}>
            <span class="field__optional">optional</span>
          </Show>
        </label>
        <Show when={props.aside}>
          <span class="field__aside">{props.aside}</span>
        </Show>
      </div>
      <Show when={props.hint}>
        <div class="field__hint" id={`${id}-hint`}>
          {props.hint}
        </div>
      </Show>
      {props.children(control)}
      <FieldError id={`${id}-error`} error={props.error} />
    </div>
  );
}

/** Several controls under one name. */
function Fieldset(props: {
  readonly legend: JSX.Element;
  readonly hint?: JSX.Element;
  readonly error?: string | undefined;
  readonly children: JSX.Element;
}) {
  const id = createUniqueId();
  return (
    <fieldset class="field field--set" aria-describedby={props.error ? `${id}-error` : undefined}>
      <legend class="field__label">{props.legend}</legend>
      <Show when={props.hint}>
        <div class="field__hint">{props.hint}</div>
      </Show>
      <div class="field__members">{props.children}</div>
      <FieldError id={`${id}-error`} error={props.error} />
    </fieldset>
  );
}

function FieldError(props: { readonly id: string; readonly error: string | undefined }) {
  return (
    <Show when={props.error}>
      <div class="field__error" id={props.id}>
        <Icon name="alert" size={14} />
        <span>{props.error}</span>
      </div>
    </Show>
  );
}
