/** What a scenario says of a row. */
import type { Expectation } from '../config/plan.js';
import type { RowFacts } from '../run-events/facts.js';

/**
 * Verdict of a scenario or of a part of it. `clean`: nothing leaks. `reclaimable`: it leaks, but it comes back later or under
 * pressure. `leaks`: lost for good. `inconclusive`: measured, but the measurement does not decide. `not-measured`: the row failed
 * or never ran. `not-recorded`: the journal has no such step.
 */
export type CaseWord = Expectation | 'inconclusive' | 'not-measured' | 'not-recorded';

/** Whether something that must hold for the verdict to mean anything was seen to hold. */
export interface Check {
  /** As JUnit and the Markdown report name it. */
  name: string;
  /** What must hold, as a sentence for those who do not know the scenario. */
  title: string;
  status: 'behaves' | 'misbehaves' | 'not-recorded';
  /** What was seen. */
  detail: string;
  /** What of it was not recorded though the rest was; null if nothing. */
  missing: string | null;
  from: number[];
}

/** What a scenario says of a row; each adds its own parts. */
export interface Answer {
  verdict: Exclude<CaseWord, 'not-recorded'>;
  /** Why it is inconclusive; empty otherwise. */
  reasons: string[];
  /** What a reader of the verdict should know beside it. */
  notes: string[];
  checks: Check[];
}

/** Answers by the id of their scenario. Scenarios add theirs by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface, so that others can add to it
export interface ScenarioAnswers {}

/** A row as a scenario sees it. */
export interface Own<F, A extends Answer> {
  row: RowFacts;
  facts: F;
  answer: A;
}
