/** Judges a run by its expectations, and by its baseline if it was started with one. */
import type { RunFacts } from '../run-events/facts.js';
import { judgeRun } from '../verdict/kernel.js';
import type { KernelVerdict } from '../verdict/types.js';
import { compareRuns } from './compare.js';
import { summarise } from './summarise.js';
import { thresholdsOf } from './thresholds.js';
import type { Comparison } from './types.js';
import { regressionLines } from './words.js';

export interface Judgement {
  /** Their `regressions` and `status` take the baseline into account. */
  verdicts: KernelVerdict[];
  /** Comparison with the baseline; null if the run has none. */
  comparison: Comparison | null;
}

/** Judges a run from its facts alone: the baseline is in its journal, the thresholds are in its plan. */
export function judge(facts: RunFacts): Judgement {
  const verdicts = judgeRun(facts);
  if (facts.baseline === null) return { verdicts, comparison: null };
  const thresholds = thresholdsOf(facts.plan.compare);
  const comparison = compareRuns(facts.baseline.summary, summarise(facts, verdicts), thresholds);
  const compared = comparison.kernels.filter(({ state }) => state !== 'new' && state !== 'not-comparable');
  const regressions = new Map(compared.map((kernel) => [kernel.kernel, regressionLines(kernel)]));
  return { verdicts: judgeRun(facts, regressions), comparison };
}
