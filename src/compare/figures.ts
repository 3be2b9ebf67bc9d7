/** The figures that are compared: those of the scenarios, and the time of a boot. */
import { duration } from '../base/text/figures.js';
import type { KernelSummary } from '../run-events/run-summary.js';
import { SCENARIOS } from '../scenario/index.js';
import type { Figure } from '../scenario/view.js';

/** Seconds from the reboot to the proof of the kernel. */
const BOOT: Figure = {
  id: 'boot_seconds',
  name: 'boot time',
  unit: 's',
  show: duration,
  chart: () => 'Boot',
  method: 'rank',
  counted: false,
  worse: 'more',
  comparable: 'same circumstances',
  tolerance: 0.25,
  fails: false,
};

/** Every figure, those of scenarios first. */
export function allFigures(): Figure[] {
  return [...SCENARIOS.flatMap(({ view }) => view.figures), BOOT];
}

/** Samples of one figure of a kernel, in one case of a scenario. */
export interface Measured {
  figure: Figure;
  /** Null for one of the row. */
  case: string | null;
  values: readonly number[];
}

/** Everything that was measured of a kernel, in the order of the figures; what this program does not know is left out. */
export function measuredOf({ samples, scenarios }: KernelSummary): Measured[] {
  const all = [...Object.values(scenarios).flatMap((scenario) => scenario.samples), ...samples];
  return allFigures().flatMap((figure) =>
    all.filter((one) => one.figure === figure.id).map(({ case: of, values }) => ({ figure, case: of, values })),
  );
}
