/** Memory and times of all kernels side by side: bars, and the same in a table. */
import type { KernelSummary, RunSummary } from '../../journal/run-summary.js';
import { ABSENT, duration, figure } from '../text.js';
import { barChart } from './charts/bars.js';
import { markup, type Markup } from './markup.js';
import { table } from './table.js';

export interface Figure {
  title: string;
  samples: (kernel: KernelSummary) => readonly number[];
  show: (value: number) => string;
}

const cycleSeconds = (number: 2 | 3) => (kernel: KernelSummary) =>
  kernel.cases.find((one) => one.case === number)?.samples.secondsPerCycle ?? [];

/** Figures of one run of a kernel; the trend over many runs shows the same. */
export const FIGURES: readonly Figure[] = [
  {
    title: 'Kernel memory per cgroup',
    samples: ({ samples }) => samples.bytesPerCgroup.map((bytes) => bytes / 1024),
    show: (kib) => `${figure(kib)} KiB`,
  },
  { title: 'Slots at exhaustion', samples: ({ samples }) => samples.capacity, show: (slots) => figure(slots) },
  { title: 'Boot', samples: ({ samples }) => samples.bootSeconds, show: duration },
  { title: 'Create and delete, no limit', samples: cycleSeconds(2), show: duration },
  { title: 'Create and delete, with a limit', samples: cycleSeconds(3), show: duration },
];

/** Middle of the samples; null without any. */
export function median(samples: readonly number[]): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The median in words; a dash without samples, and the number of samples where there are several. */
export function shown({ samples, show }: Figure, kernel: KernelSummary): string {
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
  const had = FIGURES.filter(({ samples }) => kernels.some((kernel) => samples(kernel).length > 0));
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
