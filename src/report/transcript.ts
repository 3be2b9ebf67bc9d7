/** What a kernel's transcript says beside its commands: the headings, and what the tool read from the answers. */
import type { CapacitySample, Phase } from '../journal/events.js';
import type { RowFacts } from '../journal/replay.js';
import { lostSlots } from '../scenario/cgroup-slots/lost.js';
import { classWords } from '../verdict/kernel-said.js';
import { runOutcome } from '../verdict/slots.js';
import { plain } from '../base/text/plain.js';
import { bootProof } from './boot.js';

/** Headings of the phases. */
export const TITLES: Record<Phase, string> = {
  machine: 'Machine',
  select: 'Select the kernel',
  boot: 'Boot and prove it',
  prepare: 'Prepare',
  clean: 'Clean',
  exhaust: 'Exhaust',
  calibrate: 'Calibrate the probe',
  case1: 'Case 1: a container with no slot free',
  case2: 'Case 2: churn without a limit',
  case3: 'Case 3: churn with a limit',
  aftermath: 'Aftermath: one unlimited container',
  hold: 'Hold control: a container that is kept',
  recover: 'Recover',
};

/** What the tool read from the answers. */
export interface Entry {
  seq: number;
  lines: string[];
}

/** What the tool read from the answers, a line or more an event; several entries may have the same `seq`. */
export function factEntries(row: RowFacts): Entry[] {
  const entries: Entry[] = [];
  const note = (event: { seq: number } | null, text: string): void => {
    if (event !== null) entries.push({ seq: event.seq, lines: [`-- ${plain(text)}`] });
  };
  note(row.boot, `boot proven: ${row.boot === null ? '' : bootProof(row.boot)}`);
  const end = row.exhausted?.errno ?? null;
  note(
    row.exhausted,
    `made ${row.exhausted?.made} directories, then ${end === null ? 'stopped unrefused' : `${end.name}: ${end.text}`}`,
  );
  for (const { expected, sample } of row.calibrated?.samples ?? []) {
    note(row.calibrated, `probe: ${sample.capacity} where ${expected} was arranged`);
  }
  note(row.case1, row.case1 === null ? '' : runOutcome(row.case1.run).detail);
  for (const churn of [row.case2, row.case3]) {
    if (churn === null) continue;
    note(churn.started, `${churn.started.freed} freed; before the first cycle: ${slots(churn.started.before)}`);
    let before = churn.started.before;
    for (const cycle of churn.cycles) {
      const outcome = runOutcome(cycle.run).detail;
      note(cycle, `cycle ${cycle.cycle}: ${outcome}; ${slots(cycle.after)}; lost ${lostSlots(before, cycle.after)}`);
      before = cycle.after;
    }
    note(churn.finished, `case ${churn.started.case} ended: ${churn.finished?.stopped}`);
  }
  note(
    row.aftermath,
    row.aftermath === null ? '' : `${runOutcome(row.aftermath.run).detail}; ${slots(row.aftermath.after)}`,
  );
  if (row.hold !== null) {
    const after = row.hold.afterRemoval === null ? 'not recorded' : runOutcome(row.hold.afterRemoval).detail;
    note(row.hold, `kept one container; the next: ${runOutcome(row.hold.refused).detail}; after removal: ${after}`);
  }
  for (const finding of row.consoleFindings) note(finding, `console, ${classWords(finding.class)}: ${finding.line}`);
  if (row.moreFindings > 0)
    note(row.consoleFindings.at(-1) ?? null, `console: ${row.moreFindings} more in the journal`);
  note(row.recover, row.recover === null ? '' : recoverLine(row.recover));
  note(row.outcome, `row ${row.outcome?.outcome}${row.outcome?.reason ? `: ${row.outcome.reason}` : ''}`);
  return entries;
}

function recoverLine(recover: NonNullable<RowFacts['recover']>): string {
  const refill = recover.refilled === null ? 'not refilled' : `refilled with ${recover.refilled}`;
  return `after drop_caches ${slots(recover.afterDropCaches)}; ${recover.removed} removed; ${refill}`;
}

function slots(sample: CapacitySample): string {
  const free = sample.errno === null ? `at least ${sample.capacity}` : String(sample.capacity);
  return `capacity ${free}, ${sample.liveDirectories} live directories`;
}
