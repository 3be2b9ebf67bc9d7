/**
 * What is to be said of a kernel whose verdict is not simply clean: what was seen, the line that shows it, and where to look.
 * The terminal's paragraph, the summary's line and JUnit's failures are all made from these.
 */
import { plain } from '../base/text/plain.js';
import { sentence } from '../base/text/sentence.js';
import { evidence } from '../journal/evidence.js';
import { cut, shortError } from '../runtime/short-error.js';
import type { FindingPart } from '../scenario/view.js';
import { suspicions } from '../verdict/kernel-said.js';
import type { ReportRow } from './input.js';
import { seqs } from './text.js';

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

/**
 * The finding of a row; null for one that is clean and has nothing to answer for. Guests' text is made plain in `quote`,
 * and left as it is in `seen`.
 */
export function findingOf(row: ReportRow): Finding | null {
  return joined(row.verdict.kernel, partsOf(row));
}

/** Parts as one finding; null if there is none. */
export function joined(kernel: string, parts: readonly FindingPart[]): Finding | null {
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

function partsOf(row: ReportRow): FindingPart[] {
  const { verdict } = row;
  switch (verdict.verdict) {
    case 'not-measured':
      return [notMeasured(row)];
    case 'inconclusive':
      return [...doubts(row), ...ofScenarios(row, 'inconclusive')];
    default:
      return ofScenarios(row, null);
  }
}

/** What the scenarios found, of those with a verdict if one is given. Their names stand before it where there are several. */
function ofScenarios({ scenarios }: ReportRow, only: 'inconclusive' | null): FindingPart[] {
  return scenarios
    .filter(({ own }) => only === null || own.answer.verdict === only)
    .flatMap(({ scenario, own }) => {
      const parts = scenario.view.findings(own);
      if (scenarios.length === 1) return parts;
      const named = (text: string) => `${scenario.id}: ${text}`;
      return parts.map((part) => ({ ...part, seen: named(part.seen), told: part.told.map(named) }));
    });
}

/** Why nothing that was measured counts: the kernel itself failed, or another one was running. */
function doubts({ facts, verdict: { boot } }: ReportRow): FindingPart[] {
  const parts = suspicions(facts).map(({ text, line, seq }) => ({
    seen: text,
    quote: { text: cut(plain(line)), from: [seq] },
    from: [seq],
    told: [],
  }));
  if (boot.status !== 'misbehaves') return parts;
  return [...parts, { seen: `the boot proof: ${boot.detail}`, quote: null, from: boot.from, told: [] }];
}

function notMeasured({ facts, verdict }: ReportRow): FindingPart {
  const tail = facts.outcome?.consoleTail?.findLast((line) => plain(line) !== '');
  const last = facts.commands.failed;
  const from = facts.outcome === null ? [] : [facts.outcome.seq];
  const said = last === null ? null : { text: shortError(last.stderr), from: [last.seq] };
  const quote = tail === undefined ? said : { text: cut(plain(tail)), from };
  return { seen: verdict.reasons.join('; '), quote, from, told: [] };
}
