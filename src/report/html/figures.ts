/** Memory and times of all kernels side by side: bars, and the same in a table. */
import { allFigures, measuredOf } from '../../compare/figures.js';
import { ABSENT } from '../../base/text/figures.js';
import type { KernelSummary, RunSummary } from '../../run-events/run-summary.js';
import { barChart } from './charts/bars.js';
import { markup, type Markup } from './markup.js';
import { table } from './table.js';

/** A figure as it is drawn: of the row, or of one case of a scenario. */
export interface Drawn {
  title: string;
  samples: (kernel: KernelSummary) => readonly number[];
  show: (value: number) => string;
}

/** The figures that are drawn of these kernels; the trend over many runs shows the same. */
export function drawnFigures(kernels: readonly KernelSummary[]): Drawn[] {
  return allFigures().flatMap((figure) => {
    const { chart, show, id } = figure;
    if (chart === null) return [];
    const all = kernels.flatMap(measuredOf).filter((one) => one.figure.id === id && one.values.length > 0);
    return [...new Set(all.map((one) => one.case))].map((of) => ({
      title: chart(of),
      samples: (kernel: KernelSummary) =>
        measuredOf(kernel).find((one) => one.figure.id === id && one.case === of)?.values ?? [],
      show,
    }));
  });
}

/** Middle of the samples; null without any. */
export function median(samples: readonly number[]): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The median in words; a dash without samples, and the number of samples where there are several. */
export function shown({ samples, show }: Drawn, kernel: KernelSummary): string {
  const all = samples(kernel);
  const middle = median(all);
  if (middle === null) return ABSENT;
  return all.length === 1 ? show(middle) : `${show(middle)} (median of ${all.length})`;
}

/**
 * Figures that no kernel has are left out; null if that is all of them.
 * @param brief of many kernels, the table only.
 */
export function figures({ kernels }: RunSummary, brief = false): Markup | null {
  const had = drawnFigures(kernels);
  if (had.length === 0) return null;
  const numbers = table({
    id: 'figures-table',
    caption: 'Memory and times of each kernel; a dash means not recorded.',
    head: ['kernel', ...had.map(({ title }) => title)],
    rows: kernels.map((kernel) => [kernel.kernel, ...had.map((one) => shown(one, kernel))]),
    numbersFrom: 1,
  });
  if (brief) return numbers;
  const charts = had.map((one, i) => {
    const bars = kernels.map((kernel) => ({
      name: kernel.kernel,
      value: median(one.samples(kernel)),
      shown: shown(one, kernel),
    }));
    return markup`<figure><figcaption>${one.title}</figcaption>${barChart(one.title, bars, `figure-${i + 1}`)}</figure>`;
  });
  return markup`<div class="charts">${charts}</div>
<details class="numbers"><summary>The numbers</summary>${numbers}</details>`;
}
