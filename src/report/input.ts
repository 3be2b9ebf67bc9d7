/** What reports are made from. */
import type { Answer, Own } from '../scenario/answer.js';
import { judge, type Judgement } from '../compare/judge.js';
import type { Comparison } from '../compare/types.js';
import type { RowFacts, RunFacts } from '../run-events/facts.js';
import { scenariosOf } from '../scenario/index.js';
import type { AnyScenario } from '../scenario/scenario.js';
import { ownOf } from '../verdict/own.js';
import type { KernelVerdict } from '../verdict/types.js';
import { transcriptPaths } from './paths.js';

/** What a report is made from, and nothing else: no clock, no host, no configuration. */
export interface ReportInput {
  facts: RunFacts;
  verdicts: readonly KernelVerdict[];
  /** Facts and verdicts of each kernel, in the plan's order. */
  rows: readonly ReportRow[];
  /** Relative file name of each kernel's transcript. */
  transcripts: ReadonlyMap<string, string>;
  /** With the run's baseline; null if it has none. */
  comparison: Comparison | null;
}

/** A kernel's facts beside its verdict. */
export interface ReportRow {
  facts: RowFacts;
  verdict: KernelVerdict;
  /** What each scenario of the plan sees of it. */
  scenarios: readonly { scenario: AnyScenario; own: Own<unknown, Answer> }[];
}

/** @param judged of the same run. @throws Error if a row has no verdict. */
export function reportInput(facts: RunFacts, judged: Judgement = judge(facts)): ReportInput {
  const { verdicts, comparison } = judged;
  return {
    facts,
    verdicts,
    rows: reportRows(facts, verdicts),
    transcripts: transcriptPaths(facts),
    comparison,
  };
}

function reportRows(facts: RunFacts, verdicts: readonly KernelVerdict[]): ReportRow[] {
  const byName = new Map(verdicts.map((verdict) => [verdict.kernel, verdict]));
  const scenarios = scenariosOf(facts.plan);
  return facts.rows.map((row) => {
    const verdict = byName.get(row.kernel.name);
    if (verdict === undefined) throw new Error(`no verdict for kernel ${row.kernel.name}: judge the same run`);
    return {
      facts: row,
      verdict,
      scenarios: scenarios.map((scenario) => ({ scenario, own: ownOf(scenario, row, verdict) })),
    };
  });
}
