/** One figure of a kernel in two runs: the same, better, worse, or too few samples to say. */
import type { Figure } from '../scenario/view.js';
import { medianOf, rankTest } from './statistics.js';
import type { Thresholds } from './thresholds.js';
import type { Drift } from './types.js';

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
  figure: Figure,
  of: string | null,
  [before, after]: [readonly number[], readonly number[]],
  common: Common,
  thresholds: Thresholds,
): Drift {
  const [was, is] = [medianOf(before), medianOf(after)];
  const drift: Drift = {
    figure: figure.id,
    case: of,
    unit: figure.unit,
    before: { n: before.length, median: was },
    after: { n: after.length, median: is },
    ratio: was === null || is === null || was === 0 ? null : is / was,
    p: null,
    effect: null,
    finding: 'not-recorded',
    regression: false,
  };
  if (was === null || is === null) return drift;
  if (!isComparable(figure, common)) return { ...drift, finding: 'not-comparable' };
  const moved = movedBeyond(was, is, thresholds.tolerance(figure));
  if (figure.method === 'rank') {
    const pool = [...before, ...after];
    if (figure.counted && pool.every((one) => one === pool[0])) return { ...drift, finding: 'same' };
    const test = rankTest(before, after);
    if (test !== null) Object.assign(drift, { p: test.p, effect: test.effect });
    const fewest = Math.min(before.length, after.length);
    if (test === null || fewest < thresholds.minSamples || test.leastP >= thresholds.alpha) {
      return { ...drift, finding: 'too-few' };
    }
    if (test.p >= thresholds.alpha || Math.abs(test.effect) < thresholds.effect) return { ...drift, finding: 'same' };
  }
  if (!moved) return { ...drift, finding: 'same' };
  if (figure.method === 'exact' && !common.sameRelease) return { ...drift, finding: 'different' };
  const worse = is > was === (figure.worse === 'more');
  return { ...drift, finding: worse ? 'worse' : 'better', regression: worse && thresholds.fails(figure) };
}

function isComparable({ comparable }: Figure, { sameCircumstances, sameMachine }: Common): boolean {
  if (comparable === 'always') return true;
  return comparable === 'same machine' ? sameMachine : sameCircumstances;
}

/** Whether a median moved by at least the tolerance; any move from 0 counts. */
function movedBeyond(before: number, after: number, tolerance: number): boolean {
  if (before === after) return false;
  return before === 0 || Math.abs(after - before) / Math.abs(before) >= tolerance;
}
