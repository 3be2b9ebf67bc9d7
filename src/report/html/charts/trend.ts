/** One figure of one kernel over many runs. */
import { largest } from '../../../base/lists.js';
import { scaleLinear, scalePoint } from 'd3-scale';
import { line as polyline } from 'd3-shape';
import { markup, type Markup } from '../markup.js';
import { at, label, line, path, svg } from './svg.js';

export interface TrendPoint {
  /** What the run is called. */
  run: string;
  /** Middle, least and greatest of the run's samples; null if it has none. */
  value: { median: number; least: number; most: number } | null;
}

const BOX = { width: 380, height: 150 };
const PLOT = { left: 52, right: 368, top: 10, bottom: 122 };

/**
 * Points by run, a stroke from the least to the greatest sample, and a gap where a run has none. The axis begins at 0, so that noise
 * does not look like a change.
 * @param points oldest first.
 * @param show a value in words, for axis and text.
 * @param id unique in the page.
 */
export function trendChart(
  title: string,
  points: readonly TrendPoint[],
  show: (value: number) => string,
  id: string,
): Markup {
  const order = points.map((_, i) => i);
  const x = scalePoint<number>()
    .domain(order)
    .range([PLOT.left + 10, PLOT.right - 10]);
  const most = largest(
    points.map(({ value }) => value?.most ?? 0),
    0,
  );
  const y = scaleLinear()
    .domain([0, most === 0 ? 1 : most])
    .nice(3)
    .range([PLOT.bottom, PLOT.top]);
  const px = (i: number) => x(i) ?? PLOT.left;
  const median = (i: number) => points[i]?.value?.median ?? 0;
  const told = points.map(({ run, value }) => `${run}: ${value === null ? 'not recorded' : show(value.median)}`);
  return svg(
    { id, title, description: told.join('; ') },
    BOX,
    y
      .ticks(3)
      .map((tick) => [
        line('grid', PLOT.left, y(tick), PLOT.right, y(tick)),
        label(PLOT.left - 6, y(tick) + 4, show(tick), 'label', 'end'),
      ]),
    path(
      'curve',
      polyline<number>()
        .defined((i) => points[i]?.value != null)
        .x(px)
        .y((i) => y(median(i)))(order),
    ),
    points.map(({ value }, i) =>
      value === null
        ? label(px(i), PLOT.bottom - 4, '–', 'label', 'middle')
        : [
            value.most > value.least ? line('spread', px(i), y(value.least), px(i), y(value.most)) : null,
            markup`<circle class="point" cx="${at(px(i))}" cy="${at(y(value.median))}" r="3"/>`,
          ],
    ),
    ends(points).map(([i, anchor]) => label(px(i), PLOT.bottom + 20, points[i]?.run ?? '', 'label', anchor)),
  );
}

/** The first run and the last are named; between them there is no room. */
function ends(points: readonly TrendPoint[]): [number, 'start' | 'middle' | 'end'][] {
  if (points.length === 0) return [];
  return points.length === 1
    ? [[0, 'middle']]
    : [
        [0, 'start'],
        [points.length - 1, 'end'],
      ];
}
