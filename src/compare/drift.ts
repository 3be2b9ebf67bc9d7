/** One figure of a kernel in two runs: the same, better, worse, or too few samples to say. */
import type { Metric } from '../journal/run-summary.js';
import { medianOf, rankTest } from './statistics.js';
import type { Thresholds } from './thresholds.js';
import type { Drift } from './types.js';

/** `rank`: samples, compared by the rank test. `figure`: one a run, made of a great many parts. `exact`: one a run, counted. */
type Method = 'rank' | 'figure' | 'exact';

interface MetricTraits {
  unit: string;
  method: Method;
  /** Whole numbers: if not one differs there is nothing to test. */
  counted: boolean;
  /** What is the worse. */
  worse: 'more' | 'less';
  /** `always`, or only on the same machines, or only in all the same circumstances. */
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
 * By the rank test a figure differs if p < alpha, |Cliff's delta| ≥ effect and the median moved by at least the tolerance. With
 * fewer than `minSamples`, or so few that no p could be below alpha, the answer is `too-few`; counts of which not one differs
 * are the same without a test.
 *
 * A mean over all directories and a count are one figure a run: no test can be made of them, but there is nothing by chance in
 * them either beyond the tolerance, so that alone decides. A count of another release of the kernel is `different`, no more.
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

/** From 0 any move is infinitely large. */
function movedBeyond(before: number, after: number, tolerance: number): boolean {
  if (before === after) return false;
  return before === 0 || Math.abs(after - before) / Math.abs(before) >= tolerance;
}
