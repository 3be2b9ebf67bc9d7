/** The curve of free slots over a churn case. A leak is the red that grows where the line falls. */
import { scaleLinear, scalePoint } from 'd3-scale';
import { area, curveStep, line as polyline } from 'd3-shape';
import { type Markup, markup } from '../markup.js';
import type { Curve, Probe } from '../../../document/document.js';
import { at, label, line, path, svg } from './svg.js';

const BOX = { width: 380, height: 200 };
const PLOT = { left: 30, right: 364, top: 14, bottom: 158 };
/** Of more points only those that tell of a loss or a refusal are drawn, and smaller. */
const MANY = 40;
const CROSS = 4.5;

/**
 * @param top slots that the vertical axis reaches, the same for charts that stand side by side.
 * @param id unique in the page.
 */
export function slotsChart(curve: Curve, top: number, id: string): Markup {
  const probes = sampled(curve.probes);
  const x = scalePoint<number>()
    .domain(probes.map(({ cycle }) => cycle))
    .range([PLOT.left + 16, PLOT.right - 16]);
  const y = scaleLinear()
    .domain([0, Math.max(1, top)])
    .range([PLOT.bottom, PLOT.top]);
  const px = (probe: Probe) => x(probe.cycle) ?? PLOT.left;
  const band = (from: (probe: Probe) => number, to: (probe: Probe) => number) =>
    area<Probe>()
      .x(px)
      .y0((probe) => y(from(probe)))
      .y1((probe) => y(to(probe)))
      .curve(curveStep)(probes);
  const free = (probe: Probe) => probe.free;
  const held = (probe: Probe) => probe.free + probe.inUse;
  const all = (probe: Probe) => held(probe) + probe.lost;
  const some = (pick: (probe: Probe) => number) => probes.some((probe) => pick(probe) > 0);
  const text = { id, title: `Free slots, ${curve.title}`, description: curve.description };
  return svg(
    text,
    BOX,
    ticks(y.domain()[1] ?? 1).map((tick) => [
      line('grid', PLOT.left, y(tick), PLOT.right, y(tick)),
      label(PLOT.left - 8, y(tick) + 4, tick, 'label', 'end'),
    ]),
    path(
      'free',
      band(() => 0, free),
    ),
    some((probe) => probe.inUse) ? path('in-use', band(free, held)) : null,
    some((probe) => probe.lost) ? path('lost', band(held, all)) : null,
    path(
      'curve',
      polyline<Probe>()
        .x(px)
        .y((probe) => y(probe.free))
        .curve(curveStep)(probes),
    ),
    probes
      .filter((probe) => probes.length <= MANY || probe.refused || probe.lostHere > 0)
      .map((probe) => point(px(probe), y(probe.free), probe, probes.length > MANY)),
    regionLabels(probes.at(-1), y, px),
    cycleLabels(probes).map(([probe, words]) => label(px(probe), PLOT.bottom + 18, words, 'label', 'middle')),
    probes
      .filter(({ refused }) => refused)
      .slice(0, 1)
      .map((probe) => label(px(probe) + 8, BOX.height - 6, 'refused', 'label bad', 'end')),
    label((PLOT.left + PLOT.right) / 2, BOX.height - 6, 'cycle', 'label', 'middle'),
  );
}

/** Probes that are drawn: more than the chart has points across would only make the page large. */
const MOST_DRAWN = 400;

/** Of more probes every second, third … and the last. */
function sampled(probes: readonly Probe[]): readonly Probe[] {
  const step = Math.ceil(probes.length / MOST_DRAWN);
  return step <= 1 ? probes : probes.filter((_, i) => i % step === 0 || i === probes.length - 1);
}

/** Whole numbers only: there is no half slot. */
function ticks(top: number): number[] {
  return scaleLinear().domain([0, top]).ticks(Math.min(4, top)).filter(Number.isInteger);
}

function point(cx: number, cy: number, probe: Probe, small: boolean): Markup {
  if (probe.refused) {
    const [l, r, t, b] = [at(cx - CROSS), at(cx + CROSS), at(cy - CROSS), at(cy + CROSS)];
    return markup`<path class="refused" d="M${l},${t}L${r},${b}M${l},${b}L${r},${t}"/>`;
  }
  const kind = probe.lostHere > 0 ? 'point loss' : 'point';
  return markup`<circle class="${kind}" cx="${at(cx)}" cy="${at(cy)}" r="${small ? 1.5 : 4}"/>`;
}

/** What the regions are, written into them at their right end. */
function regionLabels(last: Probe | undefined, y: (value: number) => number, px: (probe: Probe) => number): Markup[] {
  if (last === undefined) return [];
  const middle = (from: number, size: number) => y(from + size / 2) + 4;
  const labels: Markup[] = [];
  const x = px(last) - 8;
  if (last.inUse > 0) labels.push(label(x, middle(last.free, last.inUse), `${last.inUse} in use`, 'label', 'end'));
  if (last.lost > 0) {
    labels.push(label(x, middle(last.free + last.inUse, last.lost), `${last.lost} lost`, 'label strong', 'end'));
  }
  return labels;
}

/** Every probe where there is room, else some, the last among them. */
function cycleLabels(probes: readonly Probe[]): [Probe, string][] {
  const last = probes.at(-1)?.cycle ?? 0;
  const step = Math.ceil(last / 8) || 1;
  return probes
    .filter(({ cycle }) => cycle === last || (cycle % step === 0 && last - cycle >= step))
    .map((probe) => [probe, probe.cycle === 0 ? 'before' : String(probe.cycle)]);
}
