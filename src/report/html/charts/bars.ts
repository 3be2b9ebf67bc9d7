/** Horizontal bars: one figure of several kernels, or the parts of one whole. */
import { clip } from '../../../base/text/excerpt.js';
import { largest } from '../../../base/lists.js';
import { scaleLinear } from 'd3-scale';
import { markup, type Markup } from '../markup.js';
import { at, label, svg } from './svg.js';

export interface Bar {
  name: string;
  /** Null where it is not recorded. */
  value: number | null;
  /** The value with its unit. */
  shown: string;
}

const WIDTH = 380;
const ROW = 40;
const THICK = 10;
/** Longer names would run into the value; the table below the charts has them whole. */
const LONGEST = 40;

/** @param id unique in the page. */
export function barChart(title: string, bars: readonly Bar[], id: string): Markup {
  const most = largest(
    bars.map(({ value }) => value ?? 0),
    0,
  );
  const x = scaleLinear()
    .domain([0, most === 0 ? 1 : most])
    .range([0, WIDTH]);
  const description = bars.map(({ name, shown }) => `${name}: ${shown}`).join('; ');
  const rows = bars.map(({ name, value, shown }, i) => {
    const top = i * ROW;
    const short = clip(name, LONGEST);
    const bar = (kind: string, width: number) =>
      markup`<rect class="${kind}" x="0" y="${top + 20}" width="${at(width)}" height="${THICK}" rx="2"/>`;
    return [
      label(0, top + 13, short, 'label name'),
      label(WIDTH, top + 13, shown, 'label value', 'end'),
      bar('track', WIDTH),
      value === null ? null : bar('bar', Math.max(x(value), value > 0 ? 2 : 0)),
    ];
  });
  return svg({ id, title, description }, { width: WIDTH, height: Math.max(1, bars.length) * ROW }, rows);
}
