import { type JSX, Show, splitProps } from 'solid-js';
import './icon.css';

export { Icon, type IconName };

/** Strokes of 1.5 on a grid of 16. */
const PATHS = {
  alert:
    'M8 5.2v3.6m0 2.2v.1M7 2.7 1.9 11.6a1.2 1.2 0 0 0 1 1.8h10.2a1.2 1.2 0 0 0 1-1.8L9 2.7a1.2 1.2 0 0 0-2 0Z',
  arrow: 'M3 8h9.5M9 4.5 12.5 8 9 11.5',
  back: 'M13 8H3.5M7 4.5 3.5 8 7 11.5',
  bolt: 'M8.8 1.8 3.5 9.2h4l-.6 5 5.4-7.4H8.2l.6-5Z',
  check: 'm3 8.6 3.2 3.2L13 4.6',
  chevron: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  circle: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Z',
  clock: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM8 4.8V8l2.2 1.4',
  close: 'm4 4 8 8m0-8-8 8',
  code: 'M5.6 4.5 2 8l3.6 3.5m4.8-7L14 8l-3.6 3.5',
  commit: 'M1.5 8h3.9m5.2 0h3.9M8 5.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2Z',
  copy: 'M5.8 5.8V3.2c0-.6.4-1 1-1h6c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1h-2.6M3.2 5.8h6c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1h-6c-.6 0-1-.4-1-1v-6c0-.6.4-1 1-1Z',
  download: 'M8 2.2v8M4.6 7.2 8 10.6l3.4-3.4M2.6 13.6h10.8',
  external:
    'M6.2 3.4H3.6c-.6 0-1 .4-1 1v8c0 .6.4 1 1 1h8c.6 0 1-.4 1-1V9.8M9.4 2.6h4v4M13.2 2.8 7.4 8.6',
  file: 'M9 1.8H4.4c-.6 0-1 .4-1 1v10.4c0 .6.4 1 1 1h7.2c.6 0 1-.4 1-1V5.4L9 1.8Zm0 0v3.6h3.6',
  filter: 'M2 3.8h12M4.4 8h7.2M6.6 12.2h2.8',
  gear: 'M2 4.5h6.5m3 0H14m-5.5 0a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0ZM2 11.5h2.5m3 0H14m-9.5 0a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0Z',
  info: 'M8 7.4v3.4m0-5.6v.1M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Z',
  jobs: 'M2.6 3.2h10.8M2.6 8h10.8M2.6 12.8h6.4',
  key: 'M9.9 9.6a3.7 3.7 0 1 0-3.5-3.5L2.2 10.3v3.5h3.5v-1.9h1.9V10l.5-.5m2.4-4v.1',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.4-2.4a2.6 2.6 0 0 0-3.7-3.7l-.8.8m.8 2.9a2.6 2.6 0 0 0-3.7 0L3.1 9.2a2.6 2.6 0 0 0 3.7 3.7l.8-.8',
  lock: 'M4.4 7.2h7.2c.6 0 1 .4 1 1v4.4c0 .6-.4 1-1 1H4.4c-.6 0-1-.4-1-1V8.2c0-.6.4-1 1-1Zm.9 0V5a2.7 2.7 0 0 1 5.4 0v2.2',
  market:
    'M2.4 6.4 3.6 2.6h8.8l1.2 3.8M2.4 6.4c0 1 .8 1.8 1.9 1.8S6.1 7.4 6.1 6.4c0 1 .9 1.8 1.9 1.8s1.9-.8 1.9-1.8c0 1 .8 1.8 1.8 1.8s1.9-.8 1.9-1.8M2.4 6.4h11.2M3.4 8.4v4.2c0 .4.4.8.8.8h7.6c.4 0 .8-.4.8-.8V8.4',
  minus: 'M3.5 8h9',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z',
  pause: 'M5.6 3.4v9.2m4.8-9.2v9.2',
  plus: 'M8 3.5v9M3.5 8h9',
  provide:
    'M3.2 2.6h9.6c.4 0 .8.4.8.8v2.8c0 .4-.4.8-.8.8H3.2a.8.8 0 0 1-.8-.8V3.4c0-.4.4-.8.8-.8Zm0 6.4h9.6c.4 0 .8.4.8.8v2.8c0 .4-.4.8-.8.8H3.2a.8.8 0 0 1-.8-.8V9.8c0-.4.4-.8.8-.8Zm1.6-4.2v.1m0 6.3v.1',
  refresh: 'M13.4 3v3.4H10M13.2 6.2a5.6 5.6 0 1 0 .4 2.8',
  search: 'M7.2 2.6a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2Zm3.4 8 3 3',
  sort: 'm5 6 3-3 3 3m-6 4 3 3 3-3',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.2v1.2m0 11.2v1.2M1.2 8h1.2m11.2 0h1.2M3.2 3.2l.8.8m8 8 .8.8m0-9.6-.8.8m-8 8-.8.8',
  tabs: 'M2.4 4.4h11.2c.5 0 .8.4.8.8v6.4c0 .4-.3.8-.8.8H2.4a.8.8 0 0 1-.8-.8V5.2c0-.4.4-.8.8-.8Zm-.8 2.8h12.8M4 10h2.4',
  upload: 'M8 10.8v-8M4.6 5.8 8 2.4l3.4 3.4M2.6 13.6h10.8',
  verify:
    'M8 1.8 3 3.6v3.8c0 3.2 2.1 5.6 5 6.8 2.9-1.2 5-3.6 5-6.8V3.6L8 1.8ZM5.6 8l1.8 1.8 3.2-3.4',
  wallet:
    'M12.4 5.2V3.6c0-.5-.4-.9-1-.7L3 4.4c-.5.1-.8.5-.8 1v7c0 .6.4 1 1 1h9.4c.6 0 1-.4 1-1V6.2c0-.6-.4-1-1-1H3m7.8 4.1v.1',
} as const;
type IconName = keyof typeof PATHS;

/** Drawn beside words and hidden from readers, unless it stands alone and has a label. */
function Icon(
  props: { readonly name: IconName; readonly label?: string; readonly size?: number } & Omit<
    JSX.SvgSVGAttributes<SVGSVGElement>,
    'name' | 'size'
  >
) {
  const [own, rest] = splitProps(props, ['name', 'label', 'size', 'class']);
  return (
    <svg
      {...rest}
      class={`icon ${own.class ?? ''}`}
      viewBox="0 0 16 16"
      width={own.size ?? 16}
      height={own.size ?? 16}
      role={own.label === undefined ? undefined : 'img'}
      aria-hidden={own.label === undefined ? 'true' : undefined}
    >
      <Show when={own.label}>
        <title>{own.label}</title>
      </Show>
      <path d={PATHS[own.name]} />
    </svg>
  );
}
