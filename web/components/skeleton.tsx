import { Index } from 'solid-js';
import './skeleton.css';

export { Skeleton, SkeletonLines, LINE_WIDTHS };

type Width = 'short' | 'half' | 'long' | 'full';
const LINE_WIDTHS: readonly Width[] = ['long', 'half', 'full', 'short'];

/** Stands where something will, at its size. */
const Skeleton = (props: {
  readonly width?: Width;
  readonly shape?: 'line' | 'block' | 'pill';
}) => (
  <span
    class={`skeleton skeleton--${props.width ?? 'full'} skeleton--${props.shape ?? 'line'}`}
    aria-hidden="true"
  />
);

/** A paragraph to come. */
const SkeletonLines = (props: { readonly count: number; readonly label: string }) => (
  <div class="skeleton-lines" role="status">
    <span class="unseen">{props.label}</span>
    <Index each={Array.from({ length: props.count })}>
      {(_, i) => <Skeleton width={LINE_WIDTHS[i % LINE_WIDTHS.length]} />}
    </Index>
  </div>
);
