/**
 * What is to be said of a kernel whose verdict is not simply clean: what was seen, the line that shows it, and where to look.
 * The terminal's paragraph, the summary's line and JUnit's failures are all made from these.
 */
import { clip } from '../base/text/excerpt.js';
import type { CapacitySample, DockerRun } from '../journal/events.js';
import type { ChurnFacts, RowFacts } from '../journal/replay.js';
import { suspicions } from '../verdict/kernel-said.js';
import { evidence, runOutcome } from '../verdict/slots.js';
import type { Check, ChurnVerdict, KernelVerdict } from '../verdict/types.js';
import type { ReportRow } from './cells.js';
import { plain } from '../base/text/plain.js';
import { figure, seqs } from './text.js';
import { factEntries } from './transcript.js';

export interface Finding {
  kernel: string;
  /** What was seen, in sentences; may hold guests' text. */
  seen: string;
  /** One line of the evidence, verbatim but for what `…` stands for; null where no single line shows it. */
  quote: string | null;
  /** `seq` of the journal's events it rests on. */
  from: number[];
  /** Those of the verdict's notes that `seen` has told. */
  told: string[];
}

/** A line of evidence and the events it is read from. */
interface Quote {
  text: string;
  from: number[];
}

/**
 * The finding of a row; null for one that is clean and has nothing to answer for. Guests' text is made plain in `quote`,
 * and left as it is in `seen`.
 */
export function findingOf(row: ReportRow): Finding | null {
  return finding(row, partsOf(row));
}

/** The finding of one churn case that lost slots; null if it lost none or was not judged. */
export function caseFinding(row: ReportRow, number: 2 | 3): Finding | null {
  const mine = cases(row).filter(([churn]) => churn.case === number);
  return finding(row, losses(row, mine));
}

function finding({ verdict: { kernel } }: ReportRow, parts: Part[]): Finding | null {
  if (parts.length === 0) return null;
  return {
    kernel,
    seen: parts.map(({ seen }) => sentence(seen)).join(' '),
    quote: parts.find(({ quote }) => quote !== null)?.quote?.text ?? null,
    from: evidence(parts.flatMap((part) => [part.from, part.quote?.from ?? []])),
    told: parts.flatMap(({ told }) => told),
  };
}

/** `kernels/5.10/transcript.txt, journal 12–15`. */
export function placeWords(from: readonly number[], transcript: string | undefined): string {
  const numbers = from.length === 0 ? [] : [`journal ${seqs(from)}`];
  return [transcript ?? 'journal.jsonl', ...numbers].join(', ');
}

interface Part {
  seen: string;
  quote: Quote | null;
  from: number[];
  told: string[];
}

function partsOf(row: ReportRow): Part[] {
  const { verdict } = row;
  switch (verdict.verdict) {
    case 'not-measured':
      return [notMeasured(row.facts, verdict)];
    case 'inconclusive':
      return [inconclusive(row)];
    case 'leaks':
    case 'reclaimable':
      return losses(row);
    case 'clean':
      return verdict.asExpected === false ? [lostNothing(row)] : [];
  }
}

function cases({ facts, verdict }: ReportRow): [ChurnVerdict, ChurnFacts | null][] {
  return [
    [verdict.case2, facts.case2],
    [verdict.case3, facts.case3],
  ];
}

/** The cases that lost slots, the one that decides the kernel's verdict first: its line is the one quoted. */
function losses(row: ReportRow, of = cases(row)): Part[] {
  const lossy = of.filter(([{ verdict }]) => verdict === 'leaks' || verdict === 'reclaimable');
  lossy.sort(([a], [b]) => Number(b.verdict === row.verdict.verdict) - Number(a.verdict === row.verdict.verdict));
  return lossy.flatMap(([churn, facts]) => (facts === null ? [] : [loss(churn, facts, row)]));
}

function loss(churn: ChurnVerdict, facts: ChurnFacts, { facts: row, verdict }: ReportRow): Part {
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
    quote: refused === null ? factQuote(row, cycle.seq) : runQuote(refused.run),
    from: evidence([before.from, cycle.run.from, cycle.after.from, verdict.recovery.from]),
    told: churn.notes.map((note) => `case ${churn.case}: ${note}`),
  };
}

/** A kernel that was expected to lose slots and did not. */
function lostNothing(row: ReportRow): Part {
  const measured = cases(row).filter(([churn]) => churn.completed !== null);
  const seen = measured.map(
    ([churn]) => `${caseName(churn)} lost no slot in ${cyclesOf(churn)}, capacity ${churn.capacities.join(' → ')}`,
  );
  const last = measured.at(-1)?.[1]?.cycles.at(-1);
  return {
    seen: seen.join('; '),
    quote: last === undefined ? null : factQuote(row.facts, last.seq),
    from: evidence(measured.map(([churn]) => churn.from)),
    told: [],
  };
}

function notMeasured(row: RowFacts, verdict: KernelVerdict): Part {
  const tail = row.outcome?.consoleTail?.findLast((line) => plain(line) !== '');
  const last = row.commands.failed;
  const from = row.outcome === null ? [] : [row.outcome.seq];
  const quote = tail !== undefined ? { text: cut(plain(tail)), from } : last === null ? null : commandQuote(last);
  return { seen: verdict.reasons.join('; '), quote, from, told: [] };
}

function inconclusive(row: ReportRow): Part {
  const { facts, verdict } = row;
  const misbehaving = Object.values(verdict.checks).filter((check) => check.status === 'misbehaves');
  const undecided = cases(row).filter(([churn]) => churn.verdict === 'inconclusive');
  const failures = suspicions(facts);
  const quotes = [
    ...failures.map(({ line, seq }): Quote => ({ text: cut(plain(line)), from: [seq] })),
    ...misbehaving.map((check) => checkQuote(check, facts)),
    ...undecided.map(([, churn]) => (churn === null ? null : undecidedQuote(churn, facts))),
  ];
  return {
    seen: verdict.reasons.join('; '),
    quote: quotes.find((quote) => quote !== null) ?? null,
    from: evidence([
      failures.map(({ seq }) => seq),
      ...misbehaving.map(({ from }) => from),
      ...undecided.map(([{ from }]) => from),
    ]),
    told: [],
  };
}

/** What Docker said where it said something, else what was read from the answers. */
function checkQuote(check: Check, row: RowFacts): Quote | null {
  switch (check.name) {
    case 'boot':
      return row.boot && factQuote(row, row.boot.seq);
    case 'exhaustion':
      return row.exhausted && factQuote(row, row.exhausted.seq);
    case 'calibration':
      return row.calibrated && factQuote(row, row.calibrated.seq);
    case 'case1':
      return row.case1 && (runQuote(row.case1.run) ?? factQuote(row, row.case1.seq));
    case 'hold': {
      if (row.hold === null) return null;
      const failed = [row.hold.holder, row.hold.refused, row.hold.afterRemoval].find(
        (run) => run !== null && runOutcome(run).outcome === 'error',
      );
      return (failed ? runQuote(failed) : null) ?? factQuote(row, row.hold.seq);
    }
  }
}

function undecidedQuote(churn: ChurnFacts, row: RowFacts): Quote | null {
  const failed = churn.cycles.find(({ run, removed }) => runOutcome(run).outcome !== 'created' || !removed);
  const cycle = failed ?? churn.cycles.at(-1);
  if (cycle === undefined) return factQuote(row, churn.started.seq);
  return runQuote(cycle.run) ?? factQuote(row, cycle.seq);
}

/** The transcript's line about an event. */
function factQuote(row: RowFacts, seq: number): Quote | null {
  const text = factEntries(row).find((entry) => entry.seq === seq)?.lines[0];
  return text === undefined ? null : { text: cut(plain(text)), from: [seq] };
}

function runQuote(run: DockerRun): Quote | null {
  return run.error.trim() === '' ? null : { text: shortError(run.error), from: run.from };
}

function commandQuote(command: { stderr: string; seq: number }): Quote {
  return { text: shortError(command.stderr), from: [command.seq] };
}

const LONGEST_QUOTE = 200;
/** The chain of causes of a refusal is about 1000 characters. */
const LOOKED_AT = 64 * 1024;
const DOCKER = 'docker: Error response from daemon: ';
const CALL = 'mkdir ';

/**
 * An error text as one line. Of Docker's refusals, which are long chains of causes, the beginning and the system call that
 * failed are left, with ids at Docker's own short length; `…` stands for what is left out.
 */
export function shortError(text: string): string {
  const line = plain(text.slice(0, LOOKED_AT)).replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
  const call = line.startsWith(DOCKER) ? failedCall(line) : null;
  if (call === null) return cut(line);
  const end = /^[\\".: ]*(?:unknown[\\". ]*)?$/.test(line.slice(call.end)) ? '' : ' …';
  return cut(`${DOCKER}${call.start === DOCKER.length ? '' : '… '}${line.slice(call.start, call.end)}${end}`);
}

/** Where the first `mkdir PATH: words` of Docker's chain stands; null if there is none. */
function failedCall(line: string): { start: number; end: number } | null {
  for (let start = line.indexOf(CALL, DOCKER.length); start !== -1;) {
    const colon = line.indexOf(':', start + CALL.length + 1);
    if (colon === -1) return null;
    const words = /^ [A-Za-z ]*[a-z]/.exec(line.slice(colon + 1, colon + 1 + LONGEST_QUOTE))?.[0] ?? '';
    if (words !== '') return { start, end: colon + 1 + words.length };
    // Every call before this colon ends at it.
    start = line.indexOf(CALL, colon);
  }
  return null;
}

function cut(line: string): string {
  return clip(line, LONGEST_QUOTE);
}

function caseName({ case: number, limit }: ChurnVerdict): string {
  return number === 2 ? 'case 2' : `case 3 (-m ${limit ?? '?'})`;
}

function move(before: CapacitySample, after: CapacitySample, what: 'capacity' | 'liveDirectories'): string {
  return `${before[what]} → ${after[what]}`;
}

function cyclesOf({ completed }: ChurnVerdict): string {
  return `${completed} completed cycle${completed === 1 ? '' : 's'}`;
}

/** With a capital, unless it begins with a name such as drop_caches, and a full stop. */
function sentence(text: string): string {
  const begun = text.replace(/^[a-z](?=[a-z]*[ ,:;])/, (letter) => letter.toUpperCase());
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
