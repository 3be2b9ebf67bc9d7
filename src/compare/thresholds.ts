/** When a figure counts as changed. */
import { DEFAULTS } from '../config/defaults.js';
import type { CompareConfig } from '../config/plan.js';
import type { Figure } from '../scenario/view.js';

export interface Thresholds {
  /** p must be below. */
  alpha: number;
  /** Cliff's delta must be at least this far from 0. */
  effect: number;
  /** With fewer samples in either run the finding is `too-few`. */
  minSamples: number;
  /** Minimum relative change of the median, 0.1 for 10 %. */
  tolerance(figure: Figure): number;
  /** Whether a change for the worse is a regression. */
  fails(figure: Figure): boolean;
}

/** @param config of a plan; the defaults hold for one that has none. */
export function thresholdsOf(config: CompareConfig = DEFAULTS.compare): Thresholds {
  const tolerance: Readonly<Record<string, number>> = config.tolerance;
  const known = new Set(Object.keys(tolerance));
  const fails = new Set<string>(config.fails);
  return {
    alpha: config.alpha,
    effect: config.effect,
    minSamples: config.min_samples,
    tolerance: (figure) => tolerance[figure.id] ?? figure.tolerance,
    fails: (figure) => (known.has(figure.id) ? fails.has(figure.id) : figure.fails),
  };
}
