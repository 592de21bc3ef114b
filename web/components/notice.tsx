import { type JSX, Show } from 'solid-js';
import { Icon, type IconName } from './icon.tsx';
import './notice.css';

export { Notice };

type NoticeTone = 'info' | 'good' | 'warn' | 'bad';
const ICONS: Readonly<Record<NoticeTone, IconName>> = {
  info: 'info',
  good: 'check',
  warn: 'alert',
  bad: 'alert',
};

/** What happened in one sentence, and what to do about it. Errors and warnings are read out at once. */
const Notice = (props: {
  readonly tone: NoticeTone;
  readonly title?: JSX.Element;
  readonly children?: JSX.Element;
  /** Buttons. */
  readonly actions?: JSX.Element;
}) => (
  <div
    class={`notice notice--${props.tone}`}
    role={props.tone === 'bad' ? 'alert' : props.tone === 'info' ? undefined : 'status'}
  >
    <Icon name={ICONS[props.tone]} />
    <div class="notice__body">
      <Show when={props.title}>
        <p class="notice__title">{props.title}</p>
      </Show>
      <Show when={props.children}>
        <div class="notice__text">{props.children}</div>
      </Show>
      <Show when={props.actions}>
        <div class="notice__actions">{props.actions}</div>
      </Show>
    </div>
  </div>
);
