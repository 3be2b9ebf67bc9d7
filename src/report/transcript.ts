/** A kernel's transcript: every command and its answer, to be read like the source's shell session. */
import { append } from '../base/lists.js';
import type { CapacitySample, Phase } from '../journal/events.js';
import type { RowFacts, RunFacts } from '../journal/replay.js';
import { lostSlots } from '../sequence/lost.js';
import { classWords } from '../verdict/kernel-said.js';
import { runOutcome } from '../verdict/slots.js';
import { plain, plainLines } from '../base/text/plain.js';
import { duration } from './text.js';
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

/** Something to show, in the journal's order; `phase` is set for commands, which make the headings. */
interface Entry {
  seq: number;
  phase: Phase | null;
  lines: string[];
}

/**
 * One kernel's session: a heading per phase, `[root@<kernel> ~]# command`, what it wrote to stdout, then to stderr, and
 * its exit code where it is not 0. The number in the margin is the event's `seq`, the one that `from` lists name. Lines
 * that begin with `--` are what the tool read from the answers. Terminal escapes are left out.
 */
export function renderTranscript(row: RowFacts, { run, profile, profileReason }: RunFacts): string {
  const entries = [...commandEntries(row), ...factEntries(row)].sort((a, b) => a.seq - b.seq);
  const margin = Math.max(4, String(entries.at(-1)?.seq ?? 0).length);
  const lines: string[] = [
    `Kernel ${plain(row.kernel.name)}`,
    plain(`Run ${run}, profile ${profile}: ${profileReason}`),
  ];
  if (entries.length === 0) lines.push('', 'No command ran in this kernel’s row.');
  let phase: Phase | null = null;
  for (const entry of entries) {
    if (entry.phase !== null && entry.phase !== phase) {
      phase = entry.phase;
      lines.push('', `### ${TITLES[phase]} (phase ${phase}${timing(row, phase)})`, '');
    }
    entry.lines.forEach((line, i) => {
      lines.push(`${(i === 0 ? String(entry.seq) : '').padStart(margin)} | ${line}`.trimEnd());
    });
  }
  return `${lines.join('\n')}\n`;
}

function timing(row: RowFacts, phase: Phase): string {
  const seconds = row.phases.findLast((fact) => fact.phase === phase)?.seconds ?? null;
  return seconds === null ? '' : `, ${duration(seconds)}`;
}

function commandEntries(row: RowFacts): Entry[] {
  const prompt = `[root@${plain(row.kernel.name)} ~]# `;
  return row.commands.map((event) => {
    const [first = '', ...more] = bodyLines(event.command);
    const lines = [`${prompt}${first}`, ...more.map((line) => `> ${line}`)];
    append(lines, bodyLines(event.stdout));
    append(lines, bodyLines(event.stderr));
    if (event.code !== 0) lines.push(`[exit ${event.code}]`);
    return { seq: event.seq, phase: event.phase, lines };
  });
}

/** Lines of an answer without the newline that ends it; none for an empty one. */
function bodyLines(text: string): string[] {
  const body = plainLines(text).replace(/\n$/, '');
  return body === '' ? [] : body.split('\n');
}

/** What the tool read from the answers, a line or more an event; several entries may have the same `seq`. */
export function factEntries(row: RowFacts): Entry[] {
  const entries: Entry[] = [];
  const note = (event: { seq: number } | null, text: string): void => {
    if (event !== null) entries.push({ seq: event.seq, phase: null, lines: [`-- ${plain(text)}`] });
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
