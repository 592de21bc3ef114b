import type { JSX } from 'solid-js';
import './badge.css';

export { Badge, StatusDot, type Tone };

type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

/** A state in one or two words. Its colour says nothing that the words don't. */
const Badge = (props: {
  readonly tone?: Tone;
  readonly isLive?: boolean;
  readonly children: JSX.Element;
}) => (
  <span class={`badge badge--${props.tone ?? 'neutral'}`}>
    <StatusDot tone={props.tone ?? 'neutral'} isLive={props.isLive ?? false} />
    {props.children}
  </span>
);

/** `isLive` breathes: something is going on. */
const StatusDot = (props: { readonly tone: Tone; readonly isLive?: boolean }) => (
  <span
    class={`dot dot--${props.tone}`}
    classList={{ 'dot--live': props.isLive === true }}
    aria-hidden="true"
  />
);
