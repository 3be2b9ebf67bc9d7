/** The words of the scenario's judgement. A table's cell, a report and the exit code are all made from these values. */
import type { Answer, CaseWord } from '../../answer.js';
import type { RefusalErrno } from '../../../runtime/refusal.js';
import type { CaseNumber } from '../events.js';
import type { Explanation } from './explain.js';
import type { KernelMemory } from './memory.js';
import type { Recovery } from './recovery.js';
import type { RunOutcome } from './slots.js';

/** Verdict of one churn case (2: without a limit, 3: with one). */
export interface ChurnVerdict {
  case: CaseNumber;
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

/** The unlimited container after the churn: a fact, not a condition of the verdict. */
export interface Aftermath extends RunOutcome {
  /** Slots lost over it, by the same definition as in a churn cycle. */
  lost: number;
  from: number[];
}

export interface SlotsAnswer extends Answer {
  case2: ChurnVerdict;
  case3: ChurnVerdict;
  aftermath: Aftermath | null;
  recovery: Recovery;
  explanation: Explanation | null;
  memory: KernelMemory | null;
}

declare module '../../answer.js' {
  interface ScenarioAnswers {
    'cgroup-slots': SlotsAnswer;
  }
}
