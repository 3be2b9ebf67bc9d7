/** What is to be said of a kernel whose verdict is not simply clean: what was seen, the line that shows it, and where to look. */
import type { Check } from '../../answer.js';
import { figure } from '../../../base/text/figures.js';
import { plain } from '../../../base/text/plain.js';
import { sentence } from '../../../base/text/sentence.js';
import { evidence } from '../../../journal/evidence.js';
import type { ContainerRun } from '../../../runtime/runtime.js';
import { cut, shortError } from '../../../runtime/short-error.js';
import type { CaseView, FindingPart } from '../../view.js';
import { CASES } from '../cases.js';
import type { CapacitySample } from '../events.js';
import type { ChurnFacts, SlotsFacts } from '../facts.js';
import { runOutcome } from '../verdict/slots.js';
import type { ChurnVerdict } from '../verdict/types.js';
import type { SlotsRow } from './columns.js';
import { entries } from './progress.js';
import { caseName, cyclesOf } from './words.js';

type Quote = FindingPart['quote'];
type Case = [ChurnVerdict, ChurnFacts | null];

/** Nothing for one that is clean as expected. */
export function findings(own: SlotsRow): FindingPart[] {
  switch (own.answer.verdict) {
    case 'not-measured':
      return [];
    case 'inconclusive':
      return [inconclusive(own)];
    case 'leaks':
    case 'reclaimable':
      return losses(own);
    case 'clean':
      return own.row.kernel.expect !== undefined && own.row.kernel.expect !== 'clean' ? [lostNothing(own)] : [];
  }
}

/** The churn cases as test cases. */
export function cases(own: SlotsRow): CaseView[] {
  return casesOf(own).map(([churn, facts]) => ({
    name: `case ${churn.case}`,
    verdict: churn.verdict,
    reasons: churn.reasons,
    measured: churn.completed !== null,
    lines: [churnLine(churn)],
    finding: isLossy(churn) && facts !== null ? loss(churn, facts, own) : null,
    from: churn.from,
  }));
}

function casesOf({ facts, answer }: SlotsRow): Case[] {
  return CASES.map(({ key }) => [answer[key], facts[key]]);
}

function isLossy({ verdict }: ChurnVerdict): boolean {
  return verdict === 'leaks' || verdict === 'reclaimable';
}

function churnLine(churn: ChurnVerdict): string {
  const refused = churn.refusedAtCycle === null ? '' : `, creation ${churn.refusedAtCycle} refused`;
  return `${churn.verdict}: ${churn.completed ?? 0} completed${refused}, capacity ${churn.capacities.join(' → ')}`;
}

/** The cases that lost slots, the one that decides the verdict first: its line is the one quoted. */
function losses(own: SlotsRow): FindingPart[] {
  const lossy = casesOf(own).filter(([churn]) => isLossy(churn));
  lossy.sort(([a], [b]) => Number(b.verdict === own.answer.verdict) - Number(a.verdict === own.answer.verdict));
  return lossy.flatMap(([churn, facts]) => (facts === null ? [] : [loss(churn, facts, own)]));
}

function loss(churn: ChurnVerdict, facts: ChurnFacts, { facts: all, answer }: SlotsRow): FindingPart {
  const at = churn.lostPerCycle.findIndex((slots) => slots > 0);
  const cycle = facts.cycles[at];
  if (cycle === undefined) return { seen: `${caseName(churn)}: ${churn.verdict}`, quote: null, from: [], told: [] };
  const before = facts.cycles[at - 1]?.after ?? facts.started.before;
  const refused = facts.cycles.find(({ run }) => runOutcome(run).outcome === 'refused') ?? null;
  const slots = churn.lostPerCycle[at] ?? 0;
  const seen = [
    `${caseName(churn)}, cycle ${cycle.cycle}: its container is gone, capacity ${move(before, cycle.after, 'capacity')}, ` +
      `live directories ${move(before, cycle.after, 'liveDirectories')}, so ${slots} slot${slots === 1 ? ' is' : 's are'} lost`,
    `in all ${churn.lost} lost in ${cyclesOf(churn)}` +
      (churn.lostEachCycle === null || churn.completed === 1 ? '' : ` (${figure(churn.lostEachCycle, 2)} each)`) +
      (refused === null ? '' : `; creation ${refused.cycle} was refused (${churn.refusalErrno ?? 'errno not told'})`),
    ...churn.notes,
  ];
  return {
    seen: seen.map(sentence).join(' '),
    quote: refused === null ? factQuote(all, cycle.seq) : runQuote(refused.run),
    from: evidence([before.from, cycle.run.from, cycle.after.from, answer.recovery.from]),
    told: churn.notes.map((note) => `case ${churn.case}: ${note}`),
  };
}

/** A kernel that was expected to lose slots and did not. */
function lostNothing(own: SlotsRow): FindingPart {
  const measured = casesOf(own).filter(([churn]) => churn.completed !== null);
  const seen = measured.map(
    ([churn]) => `${caseName(churn)} lost no slot in ${cyclesOf(churn)}, capacity ${churn.capacities.join(' → ')}`,
  );
  const last = measured.at(-1)?.[1]?.cycles.at(-1);
  return {
    seen: seen.join('; '),
    quote: last === undefined ? null : factQuote(own.facts, last.seq),
    from: evidence(measured.map(([churn]) => churn.from)),
    told: [],
  };
}

function inconclusive(own: SlotsRow): FindingPart {
  const { facts, answer } = own;
  const misbehaving = answer.checks.filter(({ status }) => status === 'misbehaves');
  const undecided = casesOf(own).filter(([churn]) => churn.verdict === 'inconclusive');
  const quotes = [
    ...misbehaving.map((check) => checkQuote(check, facts)),
    ...undecided.map(([, churn]) => (churn === null ? null : undecidedQuote(churn, facts))),
  ];
  return {
    seen: answer.reasons.join('; '),
    quote: quotes.find((quote) => quote !== null) ?? null,
    from: evidence([...misbehaving.map(({ from }) => from), ...undecided.map(([{ from }]) => from)]),
    told: [],
  };
}

/** What the runtime said where it said something, else what was read from the answers. */
function checkQuote({ name }: Check, facts: SlotsFacts): Quote {
  const { exhausted, calibrated, case1, hold } = facts;
  switch (name) {
    case 'exhaustion':
      return exhausted && factQuote(facts, exhausted.seq);
    case 'calibration':
      return calibrated && factQuote(facts, calibrated.seq);
    case 'case 1':
      return case1 && (runQuote(case1.run) ?? factQuote(facts, case1.seq));
    default: {
      if (hold === null) return null;
      const failed = [hold.holder, hold.refused, hold.afterRemoval].find(
        (run) => run !== null && runOutcome(run).outcome === 'error',
      );
      return (failed ? runQuote(failed) : null) ?? factQuote(facts, hold.seq);
    }
  }
}

function undecidedQuote(churn: ChurnFacts, facts: SlotsFacts): Quote {
  const failed = churn.cycles.find(({ run, removed }) => runOutcome(run).outcome !== 'created' || !removed);
  const cycle = failed ?? churn.cycles.at(-1);
  if (cycle === undefined) return factQuote(facts, churn.started.seq);
  return runQuote(cycle.run) ?? factQuote(facts, cycle.seq);
}

/** The transcript's line about an event. */
function factQuote(facts: SlotsFacts, seq: number): Quote {
  const text = entries(facts).find((entry) => entry.seq === seq)?.lines[0];
  return text === undefined ? null : { text: cut(plain(text)), from: [seq] };
}

function runQuote(run: ContainerRun): Quote {
  return run.error.trim() === '' ? null : { text: shortError(run.error), from: run.from };
}

function move(before: CapacitySample, after: CapacitySample, what: 'capacity' | 'liveDirectories'): string {
  return `${before[what]} → ${after[what]}`;
}
