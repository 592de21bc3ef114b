/** The part of d3-flame-graph 5 that is used; the package has no types. */
declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  /** A frame as d3-hierarchy lays it out. */
  export interface Frame<Datum> {
    readonly id: number;
    readonly data: Datum & { hide?: boolean; fade?: boolean };
    readonly depth: number;
    readonly x0: number;
    readonly x1: number;
    readonly parent: Frame<Datum> | null;
    readonly children?: readonly Frame<Datum>[];
    readonly highlight?: boolean;
  }

  export interface Chart<Datum> {
    (selection: Selection<HTMLElement, Datum, null, undefined>): Chart<Datum>;
    width(pixels: number): Chart<Datum>;
    height(pixels: number): Chart<Datum>;
    cellHeight(pixels: number): Chart<Datum>;
    /** Narrower frames are not drawn. Pixels. */
    minFrameSize(pixels: number): Chart<Datum>;
    transitionDuration(milliseconds: number): Chart<Datum>;
    inverted(isInverted: boolean): Chart<Datum>;
    sort(order: boolean): Chart<Datum>;
    setLabelHandler(label: (frame: Frame<Datum>) => string): Chart<Datum>;
    setColorMapper(colour: (frame: Frame<Datum>, original: string) => string): Chart<Datum>;
    setDetailsHandler(show: (label: string | null) => void): Chart<Datum>;
    setSearchMatch(match: (frame: Frame<Datum>, term: string) => boolean): Chart<Datum>;
    setSearchHandler(
      show: (found: readonly Frame<Datum>[], sum: number, total: number) => void
    ): Chart<Datum>;
    onClick(clicked: (frame: Frame<Datum>) => void): Chart<Datum>;
    search(term: string): void;
    clear(): void;
    findById(id: number): Frame<Datum> | null;
    zoomTo(frame: Frame<Datum>): void;
    resetZoom(): void;
    update(data?: Datum): Chart<Datum>;
    destroy(): Chart<Datum>;
  }

  export default function flamegraph<Datum>(): Chart<Datum>;
}
