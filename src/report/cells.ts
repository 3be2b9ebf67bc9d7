/** The matrix's columns: what each shows of a kernel. The terminal's table and Markdown's are both made from these. */
import type { RowFacts, RunFacts } from '../journal/replay.js';
import { runOutcome, type RunOutcome } from '../verdict/slots.js';
import type { ChurnVerdict, KernelVerdict } from '../verdict/types.js';
import { ABSENT, figure } from './text.js';

/** A kernel's facts beside its verdict. */
export interface ReportRow {
  facts: RowFacts;
  verdict: KernelVerdict;
}

/** Pairs rows and verdicts. @throws Error if a row has no verdict: they must come from the same run. */
export function reportRows(facts: RunFacts, verdicts: readonly KernelVerdict[]): ReportRow[] {
  const byName = new Map(verdicts.map((verdict) => [verdict.kernel, verdict]));
  return facts.rows.map((row) => {
    const verdict = byName.get(row.kernel.name);
    if (verdict === undefined) throw new Error(`no verdict for kernel ${row.kernel.name}: judge the same run`);
    return { facts: row, verdict };
  });
}

export interface Column {
  title: string;
  /** `facts`: what the kernel is and how it was exhausted; `cases`: what the experiment showed. */
  group: 'facts' | 'cases';
  /** Text of the cell; may hold guests' text, so it is to be escaped by whoever shows it. */
  cell: (row: ReportRow) => string;
}

export const KERNEL_TITLE = 'kernel';

/** The columns after the kernel's name. */
export const COLUMNS: readonly Column[] = [
  { title: 'release proven', group: 'facts', cell: ({ facts }) => facts.boot?.release ?? ABSENT },
  { title: 'cgroup', group: 'facts', cell: ({ facts }) => facts.kernel.cgroup },
  { title: 'slots at exhaustion', group: 'facts', cell: slotsCell },
  {
    title: 'num_cgroups shown',
    group: 'facts',
    cell: ({ facts }) => number(facts.exhausted?.reading.numCgroups ?? null),
  },
  { title: 'kernel memory per cgroup', group: 'facts', cell: memoryCell },
  { title: 'case 1: no slot', group: 'cases', cell: case1Cell },
  { title: 'case 2: churn', group: 'cases', cell: ({ verdict }) => churnCell(verdict.case2) },
  { title: 'case 3: churn with -m', group: 'cases', cell: ({ verdict }) => churnCell(verdict.case3) },
  { title: 'aftermath', group: 'cases', cell: ({ verdict }) => outcomeWord(verdict.aftermath) },
  { title: 'hold control', group: 'cases', cell: holdCell },
  { title: 'slots lost per cycle', group: 'cases', cell: lostCell },
  { title: 'verdict', group: 'cases', cell: ({ verdict }) => verdictCell(verdict) },
];

function number(value: number | null): string {
  return value === null ? ABSENT : String(value);
}

function slotsCell({ facts }: ReportRow): string {
  if (facts.exhausted === null) return ABSENT;
  return `${facts.exhausted.made} ${facts.exhausted.errno?.name ?? '(not refused)'}`;
}

function memoryCell({ verdict }: ReportRow): string {
  const bytes = verdict.memory?.bytesPerCgroup ?? null;
  return bytes === null ? ABSENT : `${figure(bytes / 1024)} KiB`;
}

function case1Cell({ facts }: ReportRow): string {
  return outcomeWord(facts.case1 === null ? null : runOutcome(facts.case1.run));
}

/** `created`, `refused ENOSPC`, `error`, or absent. */
export function outcomeWord(outcome: Pick<RunOutcome, 'outcome' | 'errno'> | null): string {
  if (outcome === null) return ABSENT;
  if (outcome.outcome === 'refused') return outcome.errno === null ? 'refused' : `refused ${outcome.errno}`;
  return outcome.outcome === 'not-running' ? 'not running' : outcome.outcome;
}

function churnCell(churn: ChurnVerdict): string {
  if (churn.completed === null) return ABSENT;
  const word = churn.verdict === 'not-measured' ? 'not measured' : churn.verdict;
  if (churn.refusedAtCycle === null) return `${word} (${churn.completed} cycle${churn.completed === 1 ? '' : 's'})`;
  const errno = churn.refusalErrno === null ? '' : ` ${churn.refusalErrno}`;
  return `${word}, refused at creation ${churn.refusedAtCycle}${errno}`;
}

function holdCell({ facts, verdict }: ReportRow): string {
  if (facts.hold === null) return ABSENT;
  const { refused, afterRemoval } = facts.hold;
  const then = afterRemoval === null ? 'then not recorded' : `then ${outcomeWord(runOutcome(afterRemoval))}`;
  const seen = `${outcomeWord(runOutcome(refused))}, ${then}`;
  return verdict.checks.hold.status === 'misbehaves' ? `misbehaves: ${seen}` : seen;
}

function lostCell({ verdict }: ReportRow): string {
  const each = (churn: ChurnVerdict): string =>
    churn.lostEachCycle === null ? ABSENT : figure(churn.lostEachCycle, 2);
  return `case 2: ${each(verdict.case2)}, case 3: ${each(verdict.case3)}`;
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
