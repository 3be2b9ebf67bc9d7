/** The scenario's columns of the matrix, of the CSV file and of the summary. */
import type { Own } from '../../answer.js';
import { ABSENT, figure } from '../../../base/text/figures.js';
import type { Tone } from '../../../document/document.js';
import { toneOfCheck, toneOfVerdict } from '../../../document/tone.js';
import { evidence } from '../../../journal/evidence.js';
import type { Column, CsvColumn } from '../../view.js';
import { CASES } from '../cases.js';
import type { ChurnFacts, SlotsFacts } from '../facts.js';
import { runOutcome } from '../verdict/slots.js';
import type { ChurnVerdict, SlotsAnswer } from '../verdict/types.js';
import { outcomeWord } from './words.js';

export type SlotsRow = Own<SlotsFacts, SlotsAnswer>;

const checkTone = ({ answer }: SlotsRow, name: string): Tone =>
  toneOfCheck(answer.checks.find((check) => check.name === name)?.status ?? 'not-recorded');

export const COLUMNS: readonly Column<SlotsRow>[] = [
  {
    title: 'slots at exhaustion',
    group: 'facts',
    cell: ({ facts: { exhausted } }) =>
      exhausted === null ? ABSENT : `${exhausted.made} ${exhausted.errno?.name ?? '(not refused)'}`,
    from: ({ facts }) => facts.exhausted?.from ?? [],
  },
  {
    title: 'num_cgroups shown',
    group: 'facts',
    cell: ({ facts }) => String(facts.exhausted?.reading.numCgroups ?? ABSENT),
    from: ({ facts }) => facts.exhausted?.from.slice(-1) ?? [],
  },
  {
    title: 'kernel memory per cgroup',
    group: 'facts',
    cell: ({ answer }) => {
      const bytes = answer.memory?.bytesPerCgroup ?? null;
      return bytes === null ? ABSENT : `${figure(bytes / 1024)} KiB`;
    },
    from: ({ facts }) => facts.exhausted?.from ?? [],
  },
  {
    title: 'case 1: no slot',
    group: 'cases',
    cell: ({ facts }) => outcomeWord(facts.case1 === null ? null : runOutcome(facts.case1.run)),
    tone: (own) => (own.facts.case1 === null ? 'plain' : checkTone(own, 'case 1')),
    from: ({ facts }) => facts.case1?.run.from ?? [],
  },
  ...CASES.map(({ key, column }): Column<SlotsRow> => ({
    title: column,
    group: 'cases',
    cell: ({ answer }) => churnCell(answer[key]),
    tone: ({ answer }) => (answer[key].completed === null ? 'plain' : toneOfVerdict(answer[key].verdict)),
    from: ({ facts, answer }) => churnFrom(facts[key], answer[key]),
  })),
  {
    title: 'aftermath',
    group: 'cases',
    cell: ({ answer }) => outcomeWord(answer.aftermath),
    tone: ({ answer: { aftermath } }) => {
      if (aftermath === null) return 'plain';
      return aftermath.outcome === 'created' ? 'good' : 'bad';
    },
    from: ({ facts }) => facts.aftermath?.run.from ?? [],
  },
  {
    title: 'hold control',
    group: 'cases',
    cell: holdCell,
    tone: (own) => (own.facts.hold === null ? 'plain' : checkTone(own, 'hold control')),
    from: ({ facts }) => facts.hold?.refused.from ?? [],
  },
  {
    title: 'slots lost per cycle',
    group: 'cases',
    cell: ({ answer }) => CASES.map(({ number, key }) => `case ${number}: ${lostEach(answer[key])}`).join(', '),
    from: ({ answer }) => evidence(CASES.map(({ key }) => answer[key].from)),
  },
];

export const BRIEF: readonly Pick<Column<SlotsRow>, 'title' | 'cell'>[] = [
  {
    title: 'lost per cycle',
    cell: ({ answer }) => `${lostEach(answer.case2)}; with -m ${lostEach(answer.case3)}`,
  },
  { title: 'num_cgroups', cell: ({ facts }) => String(facts.exhausted?.reading.numCgroups ?? ABSENT) },
];

export const CSV: readonly CsvColumn<SlotsRow>[] = [
  ['slots_at_exhaustion', ({ facts }) => facts.exhausted?.made],
  ['errno', ({ facts }) => facts.exhausted?.errno?.name],
  ['num_cgroups', ({ facts }) => facts.exhausted?.reading.numCgroups],
  ['other_live_directories', ({ answer }) => answer.explanation?.otherLive],
  ['dying', ({ answer }) => answer.explanation?.dying],
  ['dying_from', ({ answer }) => answer.explanation?.dyingFrom],
  ['kernel_bytes_per_cgroup', ({ answer }) => rounded(answer.memory?.bytesPerCgroup)],
  ['case1', ({ facts }) => (facts.case1 === null ? null : outcomeWord(runOutcome(facts.case1.run)))],
  ...CASES.flatMap(({ number, key }): CsvColumn<SlotsRow>[] => [
    [`case${number}`, ({ answer }) => answer[key].verdict],
    [`case${number}_cycles_completed`, ({ answer }) => answer[key].completed],
    [`case${number}_refused_at`, ({ answer }) => answer[key].refusedAtCycle],
    [`case${number}_lost`, ({ answer }) => answer[key].lost],
    [`case${number}_lost_per_cycle`, ({ answer }) => answer[key].lostEachCycle],
  ]),
  ['aftermath', ({ answer }) => (answer.aftermath === null ? null : outcomeWord(answer.aftermath))],
  ['hold_control', ({ answer }) => answer.checks.find(({ name }) => name === 'hold control')?.status],
  ['lost_for_good', ({ answer }) => answer.recovery.lostForGood],
];

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}

function churnCell(churn: ChurnVerdict): string {
  if (churn.completed === null) return ABSENT;
  const word = churn.verdict === 'not-measured' ? 'not measured' : churn.verdict;
  if (churn.refusedAtCycle === null) return `${word} (${churn.completed} cycle${churn.completed === 1 ? '' : 's'})`;
  const errno = churn.refusalErrno === null ? '' : ` ${churn.refusalErrno}`;
  return `${word}, refused at creation ${churn.refusedAtCycle}${errno}`;
}

/** The cycle that was refused, else the first that lost a slot, before everything else. */
function churnFrom(facts: ChurnFacts | null, churn: ChurnVerdict): readonly number[] {
  const cycles = facts?.cycles ?? [];
  const telling =
    cycles.find(({ run }) => runOutcome(run).outcome === 'refused') ??
    cycles.find((_, i) => (churn.lostPerCycle[i] ?? 0) > 0);
  return [...(telling?.run.from ?? []), ...churn.from];
}

function holdCell({ facts, answer }: SlotsRow): string {
  if (facts.hold === null) return ABSENT;
  const { refused, afterRemoval } = facts.hold;
  const then = afterRemoval === null ? 'then not recorded' : `then ${outcomeWord(runOutcome(afterRemoval))}`;
  const seen = `${outcomeWord(runOutcome(refused))}, ${then}`;
  const check = answer.checks.find(({ name }) => name === 'hold control');
  return check?.status === 'misbehaves' ? `misbehaves: ${seen}` : seen;
}

function lostEach({ lostEachCycle }: ChurnVerdict): string {
  return lostEachCycle === null ? ABSENT : figure(lostEachCycle, 2);
}
