/** The words of a judgement. A table's cell, a report and the exit code are all made from these values. */
import type { Expectation, KnownFailureMark } from '../config/plan.js';
import type { RefusalErrno } from '../runtime/refusal.js';
import type { Explanation } from './explain.js';
import type { KernelSaid } from './kernel-said.js';
import type { KernelMemory } from './memory.js';
import type { Recovery } from './recovery.js';
import type { RunOutcome } from './slots.js';

/**
 * Verdict of a churn case. `clean`: no slot lost. `reclaimable`: lost, but back later or under pressure. `leaks`: lost for
 * good. `inconclusive`: measured, but the measurement does not decide. `not-measured`: the row failed or never ran.
 * `not-recorded`: the journal has no such step.
 */
export type CaseWord = Expectation | 'inconclusive' | 'not-measured' | 'not-recorded';

/** Verdict of one churn case (2: without a limit, 3: with one). */
export interface ChurnVerdict {
  case: 2 | 3;
  verdict: CaseWord;
  /** Value of -m; null without one or when not recorded. */
  limit: string | null;
  /** Why it is inconclusive, not measured or not recorded; empty otherwise. */
  reasons: string[];
  /** What a reader of the verdict should know beside it. */
  notes: string[];
  /** Cycles in which the container was created; null if not recorded. */
  completed: number | null;
  /** The cycle whose creation the memory cgroup refused, counted from 1; null if none was. */
  refusedAtCycle: number | null;
  refusalErrno: RefusalErrno | null;
  /** Capacity before the first cycle, then after each. */
  capacities: number[];
  /** Slots each cycle lost (negative: slots came back), per the definition in docs: capacity fell and no living directory explains it. */
  lostPerCycle: number[];
  /** Slots lost over all cycles and still missing at the last probe; null if not recorded. */
  lost: number | null;
  /** `lost` over completed cycles; null if none completed. */
  lostEachCycle: number | null;
  /** `seq` of the command events that prove it. */
  from: number[];
}

/** Whether something that must hold for the verdict to mean anything was seen to hold. */
export interface Check {
  name: 'boot' | 'exhaustion' | 'calibration' | 'case1' | 'hold';
  status: 'behaves' | 'misbehaves' | 'not-recorded';
  /** What was seen, in words. */
  detail: string;
  /** What of it was not recorded though the rest was; null if nothing. */
  missing: string | null;
  from: number[];
}

/** The unlimited container after the churn: a fact, not a condition of the verdict. */
export interface Aftermath extends RunOutcome {
  /** Slots lost over it, by the same definition as in a churn cycle. */
  lost: number;
  from: number[];
}

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
  /** Worst of the churn cases; `inconclusive` also if a check misbehaves or the kernel itself failed (`suspicions`). */
  verdict: Expectation | 'inconclusive' | 'not-measured';
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
  case2: ChurnVerdict;
  case3: ChurnVerdict;
  checks: Record<Check['name'], Check>;
  aftermath: Aftermath | null;
  recovery: Recovery;
  explanation: Explanation | null;
  memory: KernelMemory | null;
  /** What the kernel said on its console beside all this; null if nothing serious. */
  kernelSaid: KernelSaid | null;
}
