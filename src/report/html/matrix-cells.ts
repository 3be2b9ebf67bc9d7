/** What goes with a cell of the matrix in the page: how it looks, and the commands that prove it. The text is the column's own. */
import { runOutcome, evidence } from '../../verdict/slots.js';
import type { ChurnVerdict } from '../../verdict/types.js';
import type { ReportRow } from '../cells.js';
import { toneOf, toneOfCheck, type Tone } from './tone.js';

export interface CellTraits {
  tone: (row: ReportRow) => Tone;
  /** Numbers of commands, the most telling first. */
  from: (row: ReportRow) => readonly number[];
}

const plain = () => 'plain' as const;

/** By the column's title. */
export const CELL_TRAITS: Readonly<Record<string, CellTraits>> = {
  'release proven': { tone: plain, from: ({ facts }) => facts.boot?.from ?? [] },
  cgroup: { tone: plain, from: ({ facts }) => facts.cleaned?.from ?? [] },
  'slots at exhaustion': { tone: plain, from: ({ facts }) => facts.exhausted?.from ?? [] },
  'num_cgroups shown': { tone: plain, from: ({ facts }) => facts.exhausted?.from.slice(-1) ?? [] },
  'kernel memory per cgroup': { tone: plain, from: ({ facts }) => facts.exhausted?.from ?? [] },
  'case 1: no slot': {
    tone: ({ facts, verdict }) => (facts.case1 === null ? 'plain' : toneOfCheck(verdict.checks.case1.status)),
    from: ({ facts }) => facts.case1?.run.from ?? [],
  },
  'case 2: churn': {
    tone: ({ verdict }) => churnTone(verdict.case2),
    from: ({ facts, verdict }) => churnFrom(facts.case2, verdict.case2),
  },
  'case 3: churn with -m': {
    tone: ({ verdict }) => churnTone(verdict.case3),
    from: ({ facts, verdict }) => churnFrom(facts.case3, verdict.case3),
  },
  aftermath: {
    tone: ({ verdict }) => {
      if (verdict.aftermath === null) return 'plain';
      return verdict.aftermath.outcome === 'created' ? 'good' : 'bad';
    },
    from: ({ facts }) => facts.aftermath?.run.from ?? [],
  },
  'hold control': {
    tone: ({ facts, verdict }) => (facts.hold === null ? 'plain' : toneOfCheck(verdict.checks.hold.status)),
    from: ({ facts }) => facts.hold?.refused.from ?? [],
  },
  'slots lost per cycle': {
    tone: plain,
    from: ({ verdict }) => evidence([verdict.case2.from, verdict.case3.from]),
  },
  verdict: { tone: ({ verdict }) => toneOf(verdict.verdict), from: () => [] },
};

function churnTone(churn: ChurnVerdict): Tone {
  return churn.completed === null ? 'plain' : toneOf(churn.verdict);
}

/** The cycle that was refused, else the first that lost a slot, before everything else. */
function churnFrom(facts: ReportRow['facts']['case2'], churn: ChurnVerdict): readonly number[] {
  const cycles = facts?.cycles ?? [];
  const telling =
    cycles.find(({ run }) => runOutcome(run).outcome === 'refused') ??
    cycles.find((_, i) => (churn.lostPerCycle[i] ?? 0) > 0);
  return [...(telling?.run.from ?? []), ...churn.from];
}
