/** One figure of a kernel in two runs: the same, better, worse, or too few samples to say. */
import type { Metric } from '../journal/run-summary.js';
import { medianOf, rankTest } from './statistics.js';
import type { Thresholds } from './thresholds.js';
import type { Drift } from './types.js';

/** `rank`: samples, compared by the rank test. `figure`: one mean of many values per run. `exact`: one count per run. */
type Method = 'rank' | 'figure' | 'exact';

interface MetricTraits {
  unit: string;
  method: Method;
  /** Integers: if all are equal, no test is needed. */
  counted: boolean;
  /** The direction that is worse. */
  worse: 'more' | 'less';
  /** Always, only on the same machines, or only in the same circumstances. */
  comparable: 'always' | 'same machine' | 'same circumstances';
}

export const METRIC_TRAITS: Record<Metric, MetricTraits> = {
  capacity: { unit: '', method: 'exact', counted: true, worse: 'less', comparable: 'always' },
  lostPerCycle: { unit: '', method: 'rank', counted: true, worse: 'more', comparable: 'always' },
  bytesPerCgroup: { unit: 'B', method: 'figure', counted: false, worse: 'more', comparable: 'same machine' },
  secondsPerCycle: { unit: 's', method: 'rank', counted: false, worse: 'more', comparable: 'same circumstances' },
  bootSeconds: { unit: 's', method: 'rank', counted: false, worse: 'more', comparable: 'same circumstances' },
};

/** What the two runs have in common. */
export interface Common {
  sameCircumstances: boolean;
  sameMachine: boolean;
  /** Of this kernel. */
  sameRelease: boolean;
}

/**
 * Compares one figure.
 *
 * By the rank test a figure differs if p < alpha, |Cliff's delta| ≥ effect and the median moved by at least the tolerance. With fewer
 * samples than `minSamples`, or so few that p cannot be below alpha, the finding is `too-few`. Counts that are all equal are `same`
 * without a test.
 *
 * A mean over all directories and a count are one figure per run. They cannot be tested, but do not vary by chance beyond the tolerance,
 * so the tolerance alone decides. A changed count of another kernel release is only `different`.
 */
export function compareFigure(
  metric: Metric,
  of: 2 | 3 | null,
  [before, after]: [readonly number[], readonly number[]],
  common: Common,
  thresholds: Thresholds,
): Drift {
  const traits = METRIC_TRAITS[metric];
  const [was, is] = [medianOf(before), medianOf(after)];
  const drift: Drift = {
    metric,
    case: of,
    unit: traits.unit,
    before: { n: before.length, median: was },
    after: { n: after.length, median: is },
    ratio: was === null || is === null || was === 0 ? null : is / was,
    p: null,
    effect: null,
    finding: 'not-recorded',
    regression: false,
  };
  if (was === null || is === null) return drift;
  if (!isComparable(traits, common)) return { ...drift, finding: 'not-comparable' };
  const moved = movedBeyond(was, is, thresholds.tolerance[metric]);
  if (traits.method === 'rank') {
    const pool = [...before, ...after];
    if (traits.counted && pool.every((one) => one === pool[0])) return { ...drift, finding: 'same' };
    const test = rankTest(before, after);
    if (test !== null) Object.assign(drift, { p: test.p, effect: test.effect });
    const fewest = Math.min(before.length, after.length);
    if (test === null || fewest < thresholds.minSamples || test.leastP >= thresholds.alpha) {
      return { ...drift, finding: 'too-few' };
    }
    if (test.p >= thresholds.alpha || Math.abs(test.effect) < thresholds.effect) return { ...drift, finding: 'same' };
  }
  if (!moved) return { ...drift, finding: 'same' };
  if (traits.method === 'exact' && !common.sameRelease) return { ...drift, finding: 'different' };
  const worse = is > was === (traits.worse === 'more');
  return { ...drift, finding: worse ? 'worse' : 'better', regression: worse && thresholds.fails.has(metric) };
}

function isComparable({ comparable }: MetricTraits, { sameCircumstances, sameMachine }: Common): boolean {
  if (comparable === 'always') return true;
  return comparable === 'same machine' ? sameMachine : sameCircumstances;
}

/** Whether a median moved by at least the tolerance; any move from 0 counts. */
function movedBeyond(before: number, after: number, tolerance: number): boolean {
  if (before === after) return false;
  return before === 0 || Math.abs(after - before) / Math.abs(before) >= tolerance;
}
