/** The words of a judgement. A table's cell, a report and the exit code are all made from these values. */
import type { Answer, Check, ScenarioAnswers } from '../scenario/answer.js';
import type { Expectation, KnownFailureMark } from '../config/plan.js';
import type { KernelSaid } from './kernel-said.js';

/**
 * A mark of kernels.yaml beside what the run shows. `in-force`: it fails, and that is excused. `expired`: it fails, and nothing
 * excuses it any more. `not-needed`: it does not fail. `not-seen`: not measured, or nothing to fail against.
 */
export interface KnownFailure extends KnownFailureMark {
  state: 'in-force' | 'expired' | 'not-needed' | 'not-seen';
}

export interface KernelVerdict {
  /** The row's name. */
  kernel: string;
  /** The worst of its scenarios; `inconclusive` also if the boot proof misbehaves or the kernel itself failed (`suspicions`). */
  verdict: Answer['verdict'];
  /** Why it is inconclusive or not measured; empty otherwise. */
  reasons: string[];
  notes: string[];
  expected: Expectation | null;
  /** Null where there is no expectation or nothing to compare with it. */
  asExpected: boolean | null;
  /**
   * `not-measured` covers inconclusive rows too: neither says what the kernel does. `regressed`: worse than the baseline,
   * expected or not. `known-failure`: differs or regressed, and a mark that is in force excuses it.
   */
  status: 'as-expected' | 'differs' | 'regressed' | 'known-failure' | 'not-measured' | 'no-expectation';
  /** What is worse than in the baseline, a line each; empty if nothing is or there is no baseline. */
  regressions: string[];
  /** Null if the row is not marked. */
  knownFailure: KnownFailure | null;
  boot: Check;
  /** What each scenario says of it. */
  answers: Partial<ScenarioAnswers>;
  /** What the kernel said on its console beside all this; null if nothing serious. */
  kernelSaid: KernelSaid | null;
}
