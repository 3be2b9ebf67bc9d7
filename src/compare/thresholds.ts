/** When a figure counts as changed, by the names of a summary's figures. */
import { DEFAULTS } from '../config/defaults.js';
import type { CompareConfig, ComparedFigure } from '../config/plan.js';
import type { Metric } from '../journal/run-summary.js';

export interface Thresholds {
  /** p must be below. */
  alpha: number;
  /** Cliff's delta must be at least this far from 0. */
  effect: number;
  /** With fewer samples in either run the finding is `too-few`. */
  minSamples: number;
  /** Minimum relative change of the median, 0.1 for 10 %. */
  tolerance: Record<Metric, number>;
  /** Figures that are a regression if they are worse. */
  fails: ReadonlySet<Metric>;
}

const METRIC: Record<ComparedFigure, Metric> = {
  capacity: 'capacity',
  lost_per_cycle: 'lostPerCycle',
  bytes_per_cgroup: 'bytesPerCgroup',
  seconds_per_cycle: 'secondsPerCycle',
  boot_seconds: 'bootSeconds',
};

/** @param config of a plan; the defaults hold without one. */
export function thresholdsOf(config: CompareConfig = DEFAULTS.compare): Thresholds {
  const tolerance = Object.entries(config.tolerance).map(([figure, value]) => [
    METRIC[figure as ComparedFigure],
    value,
  ]);
  return {
    alpha: config.alpha,
    effect: config.effect,
    minSamples: config.min_samples,
    tolerance: Object.fromEntries(tolerance) as Record<Metric, number>,
    fails: new Set(config.fails.map((figure) => METRIC[figure])),
  };
}
