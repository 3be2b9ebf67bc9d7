/** What of the scenario is compared between runs, and drawn over many. */
import { duration, figure } from '../../../base/text/figures.js';
import type { CaseSummary, Samples, ScenarioSummary } from '../../../run-events/run-summary.js';
import type { RowFacts } from '../../../run-events/facts.js';
import type { ContainerRun } from '../../../runtime/runtime.js';
import type { Figure } from '../../view.js';
import { CASES } from '../cases.js';
import type { ChurnFacts } from '../facts.js';
import { runOutcome } from '../verdict/slots.js';
import type { Aftermath, ChurnVerdict } from '../verdict/types.js';
import type { SlotsRow } from './columns.js';

/**
 * `capacity`: directories made until the kernel refused. `seconds_per_cycle`: creation and removal of the container, without what
 * is waited and probed between them. Of cycles in which the container was created only; a refused one costs and loses nothing.
 *
 * Slots are counted, so every one counts. Memory is a mean over 65 thousand directories and differed by less than 1 % between
 * unchanged runs. Times depend on what else the host does, so they fail nothing.
 */
export const FIGURES: readonly Figure[] = [
  {
    id: 'bytes_per_cgroup',
    name: 'kernel memory per cgroup',
    unit: 'B',
    show: (bytes) => `${figure(bytes / 1024, 2)} KiB`,
    chart: () => 'Kernel memory per cgroup',
    method: 'figure',
    counted: false,
    worse: 'more',
    comparable: 'same machine',
    tolerance: 0.1,
    fails: true,
  },
  {
    id: 'capacity',
    name: 'slots at exhaustion',
    unit: '',
    show: (slots) => figure(slots, 2),
    chart: () => 'Slots at exhaustion',
    method: 'exact',
    counted: true,
    worse: 'less',
    comparable: 'always',
    tolerance: 0,
    fails: true,
  },
  {
    id: 'lost_per_cycle',
    name: 'slots lost per cycle',
    unit: '',
    show: (slots) => figure(slots, 2),
    chart: null,
    method: 'rank',
    counted: true,
    worse: 'more',
    comparable: 'always',
    tolerance: 0,
    fails: true,
  },
  {
    id: 'seconds_per_cycle',
    name: 'seconds per cycle',
    unit: 's',
    show: duration,
    chart: (name) => (name === 'case 2' ? 'Create and delete, no limit' : 'Create and delete, with a limit'),
    method: 'rank',
    counted: false,
    worse: 'more',
    comparable: 'same circumstances',
    tolerance: 0.25,
    fails: false,
  },
];

/** Figures are rounded (times to milliseconds, memory to whole bytes), so that a baseline file has no digits that mean nothing. */
export function summary(own: SlotsRow): ScenarioSummary {
  const { row, facts, answer } = own;
  const bytes = answer.memory?.bytesPerCgroup ?? null;
  const sample = (id: string, values: number[]): Samples => ({ figure: id, case: null, values });
  return {
    verdict: answer.verdict,
    facts: {
      'errno at exhaustion': facts.exhausted?.errno?.name ?? 'none',
      aftermath: aftermathWords(answer.aftermath),
    },
    cases: CASES.map(({ key }) => caseSummary(answer[key])),
    samples: [
      sample('capacity', facts.exhausted?.errno ? [facts.exhausted.made] : []),
      sample('bytes_per_cgroup', bytes === null ? [] : [Math.round(bytes)]),
      ...CASES.flatMap(({ key }) => caseSamples(answer[key], facts[key], row)),
    ],
  };
}

function caseSummary(churn: ChurnVerdict): CaseSummary {
  return {
    name: `case ${churn.case}`,
    verdict: churn.verdict,
    completed: churn.completed,
    refusedAt: churn.refusedAtCycle,
    refusal:
      churn.refusedAtCycle === null
        ? ''
        : `refused at creation ${churn.refusedAtCycle} (${churn.refusalErrno ?? 'errno not told'})`,
  };
}

function caseSamples(churn: ChurnVerdict, facts: ChurnFacts | null, row: RowFacts): Samples[] {
  const cycles = (facts?.cycles ?? []).map((cycle, i) => ({ cycle, lost: churn.lostPerCycle[i] ?? 0 }));
  const completed = cycles.filter(({ cycle }) => runOutcome(cycle.run).outcome === 'created');
  const name = `case ${churn.case}`;
  return [
    { figure: 'lost_per_cycle', case: name, values: completed.map(({ lost }) => lost) },
    {
      figure: 'seconds_per_cycle',
      case: name,
      values: completed.map(({ cycle }) => milliseconds(cycleSeconds(cycle.run, row))),
    },
  ];
}

/** Creation, and removal where the journal names it as part of the cycle. */
function cycleSeconds(run: ContainerRun, row: RowFacts): number {
  const named = [...new Set(run.from)].sort((a, b) => a - b);
  return named.reduce((sum, seq) => sum + (row.commands.removals.get(seq) ?? 0), run.seconds);
}

function aftermathWords(aftermath: Aftermath | null): string {
  if (aftermath === null) return 'not recorded';
  return aftermath.errno === null ? aftermath.outcome : `${aftermath.outcome} ${aftermath.errno}`;
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
