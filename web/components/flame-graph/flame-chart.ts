import flamegraph, { type Frame } from 'd3-flame-graph';
import { select } from 'd3-selection';
import { type FlameNode, type FlameTree, splitName } from './flame-tree.ts';

export { type FlameChart, makeFlameChart };

const ROW = 20;
/** Pixels. Thinner frames cannot be seen, and there may be thousands. */
const THINNEST = 1.5;
const TONES = 6;

interface FlameChart {
  /** Marks what matches; an empty term marks nothing. */
  search(term: string): void;
  /** @returns whether the key meant something */
  press(key: string): boolean;
  reset(): void;
  resize(width: number): void;
  destroy(): void;
}

/** One tree, drawn root on top into `element`. Names are put in as text. */
function makeFlameChart(
  element: HTMLElement,
  { root, depth }: FlameTree,
  told: {
    /** Frame under pointer or cursor, in words. */
    readonly onDetails: (details: string | undefined) => void;
    readonly onFound: (found: { readonly frames: number; readonly share: number }) => void;
    readonly onZoom: (isZoomed: boolean) => void;
  }
): FlameChart {
  const total = root.value;
  const words = ({ data }: Pick<Frame<FlameNode>, 'data'>): string =>
    `${data.name}: ${data.value} ${data.value === 1 ? 'sample' : 'samples'}, ${percent(data.value / total)}`;
  let cursor: Frame<FlameNode> | null = null;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const chart = flamegraph<FlameNode>()
    .width(element.clientWidth)
    .height((depth + 1) * ROW)
    .cellHeight(ROW)
    .minFrameSize(THINNEST)
    .inverted(true)
    .transitionDuration(isCalm ? 0 : 150)
    .setLabelHandler(words)
    .setColorMapper(({ highlight, data }) =>
      highlight === true ? 'var(--flame-match)' : `var(--flame-${toneOf(data.name)})`
    )
    .setDetailsHandler((label) => told.onDetails(label ?? (cursor ? words(cursor) : undefined)))
    // The library would take the term for a regular expression.
    .setSearchMatch(
      ({ data }, term) => term !== '' && data.name.toLowerCase().includes(term.toLowerCase())
    )
    .setSearchHandler((found, sum) =>
      told.onFound({ frames: found.length, share: total === 0 ? 0 : sum / total })
    )
    .onClick((frame) => {
      point(frame);
      told.onZoom(frame.parent !== null);
    });
  const drawn = select<HTMLElement, FlameNode>(element).datum(root);
  chart(drawn);

  function point(frame: Frame<FlameNode> | null): void {
    cursor = frame;
    drawn
      .selectAll<SVGGElement, Frame<FlameNode>>('svg > g')
      .attr('data-cursor', (one) => (one === frame ? '' : null))
      .filter((one) => one === frame)
      .each(function () {
        this.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      });
    told.onDetails(frame === null ? undefined : words(frame));
  }

  const zoom = (frame: Frame<FlameNode>): void => chart.zoomTo(frame);
  const reset = (): void => {
    const top = chart.findById(0);
    if (top !== null) zoom(top);
  };
  const isSeen = ({ data }: Frame<FlameNode>): boolean => data.hide !== true;
  const beside = (frame: Frame<FlameNode>, by: 1 | -1): Frame<FlameNode> => {
    const row = (frame.parent?.children ?? []).filter(isSeen).sort((a, b) => a.x0 - b.x0);
    return row[row.indexOf(frame) + by] ?? frame;
  };
  const widest = (frame: Frame<FlameNode>): Frame<FlameNode> =>
    (frame.children ?? []).filter(isSeen).sort((a, b) => b.data.value - a.data.value)[0] ?? frame;

  return {
    search: (term) => (term === '' ? chart.clear() : chart.search(term)),
    press(key) {
      const at = cursor ?? chart.findById(0);
      if (at === null) return false;
      if (key === 'Enter') zoom(at);
      else if (key === 'Escape') reset();
      else {
        const to: Readonly<Record<string, () => Frame<FlameNode>>> = {
          ArrowDown: () => (cursor === null ? at : widest(at)),
          ArrowUp: () => at.parent ?? at,
          ArrowLeft: () => beside(at, -1),
          ArrowRight: () => beside(at, 1),
          Home: () => chart.findById(0) ?? at,
        };
        if (to[key] === undefined) return false;
        point(to[key]());
      }
      return true;
    },
    reset,
    resize(width) {
      if (width > 0) chart.width(width).update();
    },
    destroy: () => void chart.destroy(),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;

/** One tone a file: what belongs together looks alike, in every profile. */
function toneOf(name: string): number {
  const { file, symbol } = splitName(name);
  let hash = 0;
  for (const character of file ?? symbol) hash = (hash * 31 + character.codePointAt(0)!) | 0;
  return Math.abs(hash) % TONES;
}
