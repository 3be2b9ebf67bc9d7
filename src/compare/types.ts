/** The words of a comparison of two runs. Every rendering of it and the exit code are made from these values. */

/**
 * `changed`: something named differs (see `Change`). `drifted`: only figures do. `new` and `gone`: in one of the runs only.
 * `not-comparable`: inconclusive or not measured in one of them. The last three are never a pass.
 */
export type KernelState = 'unchanged' | 'drifted' | 'changed' | 'new' | 'gone' | 'not-comparable';

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
  /** Id of the figure. */
  figure: string;
  /** Of which case, `case 2`; null for a figure of the kernel. */
  case: string | null;
  /** Empty for a bare number. */
  unit: string;
  before: { n: number; median: number | null };
  after: { n: number; median: number | null };
  /** after / before of the medians; null if either is missing or before is 0. */
  ratio: number | null;
  /** Two-sided p of the rank test; null if it was not made. */
  p: number | null;
  /** Cliff's delta, -1 to 1: how much more often a sample of the later run is the larger; null if no test was made. */
  effect: number | null;
  /**
   * `same`: no difference beyond the thresholds. `better`, `worse`: beyond them. `different`: beyond them, but no judgement, as
   * the kernel's release changed. `too-few`: too few samples to say. `not-comparable`: the circumstances differ.
   */
  finding: 'same' | 'better' | 'worse' | 'different' | 'too-few' | 'not-comparable' | 'not-recorded';
  /** True if it is worse and the configuration lets this figure fail a run. */
  regression: boolean;
}

export interface KernelComparison {
  kernel: string;
  state: KernelState;
  /** Why it is new, gone or not comparable; empty otherwise. */
  reason: string;
  /** The kernel's verdict in each run, in the words of `KernelVerdict.verdict`; null where the run has not the kernel. */
  verdict: { before: string | null; after: string | null };
  changes: Change[];
  drifts: Drift[];
  /** A change or drift for the worse, excused or not. */
  regression: boolean;
  /** The known failure that excuses a regression, in words; null if none does or none is needed. */
  excused: string | null;
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
  /** One line for each regression that nothing excuses, `kernel: what`. */
  regressions: string[];
}
