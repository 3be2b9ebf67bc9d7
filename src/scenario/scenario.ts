/**
 * A scenario: one experiment with a kernel. It says what it asks of a machine (`steps`), what its events mean (`fold`, `judge`),
 * and what there is to show of it (`view`). Whoever runs, judges, compares or reports loops over the table of `index.ts` and
 * knows none of them. A new one is a folder and a line of that table.
 */
import type { z } from 'zod';
import type { KernelRow, Plan } from '../config/plan.js';
import type { GuestShell } from '../remote/guest-shell.js';
import type { RunJournal } from '../run-events/events.js';
import type { ScenarioId } from '../run-events/facts.js';
import type { ScenarioFold } from '../run-events/replay.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Answer } from './answer.js';
import type { View } from './view.js';

/** What a scenario works with in one row. */
export interface ScenarioContext {
  run: string;
  row: KernelRow;
  plan: Plan;
  runtime: Runtime;
  shell: GuestShell;
  journal: RunJournal;
  /** Command that prints the boot menu. */
  menu: string;
  /** Receives the progress inside a step: what is counted, how many so far, and of how many. */
  progress: (message: string, done?: number, total?: number) => void;
  /** Receives how far a step is, for the reason of a row that fails in it: `2 of 3 cycles`. */
  reached: (howFar: string) => void;
}

/** The guest answered something that a scenario cannot go on from. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** One step. Its phase is the name of its events in the journal, and unique among all scenarios. */
export interface Step<C> {
  phase: string;
  /** Heading of its part of the transcript. */
  title: string;
  /** JUnit's test case that its time counts for. */
  testCase: string;
  /** What it does on a row of a plan, for --dry-run: one line. */
  describe: (row: KernelRow, plan: Plan) => string;
  run: (context: C) => Promise<void>;
}

export interface Scenario<F, A extends Answer, C> extends ScenarioFold<F> {
  id: ScenarioId;
  /** Shapes of its events, by their kinds. */
  events: Readonly<Record<string, z.ZodType>>;
  steps: readonly Step<C>[];
  /** Makes the guest ready for the steps. */
  begin(context: ScenarioContext): Promise<C>;
  /**
   * Judges what was recorded of a row. Pure.
   * @param failure why the row was not measured; null if it was.
   */
  judge(facts: F, failure: string | null): A;
  view: View<F, A>;
}

/** One of the table, whose own types only itself knows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each scenario has types of its own
export type AnyScenario = Scenario<any, any, any>;
