/** The matrix's columns: what each shows of a kernel. The terminal's table, Markdown's and the page's are made from these. */
import { ABSENT } from '../base/text/figures.js';
import { toneOfVerdict } from '../document/tone.js';
import type { AnyScenario } from '../scenario/scenario.js';
import type { Column as ScenarioColumn } from '../scenario/view.js';
import type { KernelVerdict } from '../verdict/types.js';
import type { ReportRow } from './input.js';

export interface Column extends ScenarioColumn<ReportRow> {
  /** What it is to the page, which shows it in a way of its own. */
  role?: 'name' | 'verdict';
}

export const KERNEL_TITLE = 'kernel';

/** The columns after the kernel's name. @param scenarios of the plan. */
export function columnsOf(scenarios: readonly AnyScenario[]): Column[] {
  return [
    {
      title: 'release proven',
      group: 'facts',
      role: 'name',
      cell: ({ facts }) => facts.boot?.release ?? ABSENT,
      from: ({ facts }) => facts.boot?.from ?? [],
    },
    { title: 'cgroup', group: 'facts', role: 'name', cell: ({ facts }) => facts.kernel.cgroup },
    ...scenarios.flatMap((scenario) =>
      (scenario.view.columns as readonly ScenarioColumn<unknown>[]).map((column) => lifted(scenario, column)),
    ),
    {
      title: 'verdict',
      group: 'cases',
      role: 'verdict',
      cell: ({ verdict }) => verdictCell(verdict),
      tone: ({ verdict }) => toneOfVerdict(verdict.verdict),
    },
  ];
}

/** A scenario's column as one of the matrix. */
function lifted(scenario: AnyScenario, { title, group, cell, tone, from }: ScenarioColumn<unknown>): Column {
  const own = (row: ReportRow) => row.scenarios.find((each) => each.scenario === scenario)!.own;
  return {
    title,
    group,
    cell: (row) => cell(own(row)),
    ...(tone && { tone: (row: ReportRow) => tone(own(row)) }),
    ...(from && { from: (row: ReportRow) => from(own(row)) }),
  };
}

/** The verdict against the expectation. */
export function verdictCell(verdict: KernelVerdict): string {
  const expected = verdict.expected === null ? 'no expectation' : `${verdict.expected} expected`;
  const word = `${verdict.verdict}, ${expected}`;
  switch (verdict.status) {
    case 'as-expected':
      return `${verdict.verdict}, as expected`;
    case 'differs':
    case 'no-expectation':
      return word;
    case 'regressed':
      return `${verdict.asExpected === true ? `${verdict.verdict}, as expected` : word}; worse than the baseline`;
    case 'known-failure':
      return `${word}; known failure until ${verdict.knownFailure?.until}`;
    case 'not-measured':
      return `${verdict.verdict === 'inconclusive' ? 'inconclusive' : 'not measured'}, ${expected}`;
  }
}
