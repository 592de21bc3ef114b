import { type JSX, Show, splitProps } from 'solid-js';
import { Icon, type IconName } from './icon.tsx';
import './button.css';

export { Button, LinkButton, type ButtonLook };

interface ButtonLook {
  /** `primary`: the one thing to do here. Default `plain`. */
  readonly variant?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly size?: 'small' | 'normal' | 'large';
  readonly icon?: IconName;
  /** Fills its line. */
  readonly isWide?: boolean;
}

type Own = ButtonLook & {
  /** Something is under way: a wheel takes the words' place and their width stays. */
  readonly isBusy?: boolean;
};

const LOOK = ['variant', 'size', 'icon', 'isWide', 'class', 'children'] as const;

const look = (props: ButtonLook & { readonly class?: string | undefined }): string =>
  [
    'button',
    `button--${props.variant ?? 'plain'}`,
    props.size === undefined ? '' : `button--${props.size}`,
    props.isWide === true ? 'button--wide' : '',
    props.class ?? '',
  ]
    .filter(Boolean)
    .join(' ');

/** While busy it stays focusable and does nothing. */
function Button(props: Own & JSX.ButtonHTMLAttributes<HTMLButtonElement>) {
  const [own, rest] = splitProps(props, [...LOOK, 'isBusy', 'type', 'onClick']);
  return (
    <button
      {...rest}
      type={own.isBusy === true ? 'button' : (own.type ?? 'button')}
      class={look(own)}
      classList={{ 'button--busy': own.isBusy === true }}
      aria-disabled={own.isBusy === true ? 'true' : undefined}
      aria-busy={own.isBusy === true ? 'true' : undefined}
      onClick={(event) => {
        if (own.isBusy !== true && typeof own.onClick === 'function') own.onClick(event);
      }}
    >
      <span class="button__words">
        <Show when={own.icon}>{(icon) => <Icon name={icon()} />}</Show>
        {own.children}
      </span>
      <Show when={own.isBusy}>
        <span class="button__wheel" aria-hidden="true" />
      </Show>
    </button>
  );
}

/** Looks like a button, goes somewhere. */
function LinkButton(props: ButtonLook & JSX.AnchorHTMLAttributes<HTMLAnchorElement>) {
  const [own, rest] = splitProps(props, LOOK);
  return (
    <a {...rest} class={look(own)}>
      <span class="button__words">
        <Show when={own.icon}>{(icon) => <Icon name={icon()} />}</Show>
        {own.children}
      </span>
    </a>
  );
}
