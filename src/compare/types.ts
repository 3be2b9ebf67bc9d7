/** The types of a comparison of two runs. Every rendering and the exit code are made from these values. */

/**
 * `changed`: a value differs (see `Change`). `drifted`: only figures differ. `new` and `gone`: in one of the runs only.
 * `not-comparable`: inconclusive or not measured in one of them. The last three are never a pass.
 */
export type KernelState = 'unchanged' | 'drifted' | 'changed' | 'new' | 'gone' | 'not-comparable';

/** A changed value: a verdict, an errno, the cycle of a refusal. */
export interface Change {
  /** `verdict`, `case 2`, `case 3`, `errno at exhaustion`, `release` … */
  what: string;
  before: string;
  after: string;
  /** True if it is worse. */
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
  /** Two-sided p of the rank test; null without a test. */
  p: number | null;
  /** Cliff's delta, -1 to 1: how much more often a sample of the later run is larger; null without a test. */
  effect: number | null;
  /**
   * `same`: no difference beyond the thresholds. `better`, `worse`: beyond them. `different`: beyond them, but not judged, because the
   * kernel's release changed. `too-few`: too few samples. `not-comparable`: the circumstances differ.
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
  /** The kernel's verdict in each run, as in `KernelVerdict.verdict`; null if the run does not have the kernel. */
  verdict: { before: string | null; after: string | null };
  changes: Change[];
  drifts: Drift[];
  /** Whether any change or drift is a regression, excused or not. */
  regression: boolean;
  /** The known failure that excuses the regression, as text; null if there is none. */
  excused: string | null;
}

/** A run in a comparison. */
export interface ComparedRun {
  run: string;
  profile: string;
  startedAt: string;
}

export interface Comparison {
  base: ComparedRun;
  current: ComparedRun;
  /** Differences of the circumstances, as text: another host, number of cycles, accelerator. */
  circumstances: string[];
  kernels: KernelComparison[];
  /** One line for each regression that is not excused, `kernel: what`. */
  regressions: string[];
}
