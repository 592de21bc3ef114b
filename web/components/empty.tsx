import { type JSX, Show } from 'solid-js';
import { Icon, type IconName } from './icon.tsx';
import './empty.css';

export { Empty };

/** Nothing here yet: why, and what leads on. */
const Empty = (props: {
  readonly icon: IconName;
  readonly title: JSX.Element;
  readonly children?: JSX.Element;
  readonly actions?: JSX.Element;
}) => (
  <div class="empty">
    <span class="empty__icon">
      <Icon name={props.icon} size={20} />
    </span>
    <p class="empty__title">{props.title}</p>
    <Show when={props.children}>
      <div class="empty__text">{props.children}</div>
    </Show>
    <Show when={props.actions}>
      <div class="empty__actions">{props.actions}</div>
    </Show>
  </div>
);
