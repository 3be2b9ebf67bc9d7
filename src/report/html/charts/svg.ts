/** The frame that every chart has: an SVG that scales, with a name and a text for who cannot see it. */
import { markup, type Markup, type Piece } from '../markup.js';

export interface ChartText {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What is seen in the chart, in words. */
  description: string;
}

export interface Box {
  width: number;
  height: number;
}

/** Colours come from the page's style sheet by class, so that one drawing serves both colour schemes. */
export function svg({ id, title, description }: ChartText, { width, height }: Box, ...body: Piece[]): Markup {
  const names = `${id}-title ${id}-text`;
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${names}"><title id="${id}-title">${title}</title><desc id="${id}-text">${description}</desc>${body}</svg>`;
}

/** A coordinate with no more digits than can be seen. */
export function at(value: number): number {
  return Number(value.toFixed(2));
}

export type Anchor = 'start' | 'middle' | 'end';

export function label(x: number, y: number, text: string | number, kind = 'label', anchor: Anchor = 'start'): Markup {
  return markup`<text class="${kind}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${text}</text>`;
}

export function line(kind: string, x1: number, y1: number, x2: number, y2: number): Markup {
  return markup`<line class="${kind}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;
}

/** A path of d3-shape; nothing for an empty one. */
export function path(kind: string, d: string | null): Markup | null {
  return d === null || d === '' ? null : markup`<path class="${kind}" d="${d}"/>`;
}
