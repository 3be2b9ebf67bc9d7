/** The words of a comparison of two runs. Every rendering of it and the exit code are made from these values. */
import type { Metric } from '../journal/run-summary.js';

/** `new` and `gone`: in one of the runs only. `not-comparable`: inconclusive or not measured in one of them; never a pass. */
export type KernelState = 'unchanged' | 'changed' | 'new' | 'gone' | 'not-comparable';

/** Something named that differs: a verdict, an errno, the cycle of a refusal. */
export interface Change {
  /** `verdict`, `case 2`, `case 3`, `errno at exhaustion`, `release` … */
  what: string;
  before: string;
  after: string;
  /** True if it is a change for the worse. */
  regression: boolean;
}

/** A figure compared as samples. */
export interface Drift {
  metric: Metric;
  unit: string;
  before: { n: number; median: number | null };
  after: { n: number; median: number | null };
  /** after / before of the medians; null if either is missing or before is 0. */
  ratio: number | null;
  /** Two-sided p of the rank test; null if it was not made. */
  p: number | null;
  /** Cliff's delta, -1 to 1: how much more often a sample of the later run is the larger. */
  effect: number | null;
  /** `too-few`: too few samples to say. */
  finding: 'same' | 'better' | 'worse' | 'different' | 'too-few' | 'not-recorded';
  regression: boolean;
}

export interface KernelComparison {
  kernel: string;
  state: KernelState;
  /** Why it is new, gone or not comparable; empty otherwise. */
  reason: string;
  changes: Change[];
  drifts: Drift[];
  regression: boolean;
}

/** What a run is called in a comparison. */
export interface ComparedRun {
  run: string;
  profile: string;
  startedAt: string;
}

export interface Comparison {
  base: ComparedRun;
  current: ComparedRun;
  /** Differences of the circumstances, in words: another host, another number of cycles, another accelerator. */
  circumstances: string[];
  kernels: KernelComparison[];
  /** One line for each regression, `kernel: what`. */
  regressions: string[];
}
