/** What the kernel said on its console, and what of it makes the measurement suspect. */
import { type ConsoleClass, MOST_OF_A_CLASS } from '../console/finding.js';
import type { RowFacts } from '../run-events/facts.js';

type Finding = RowFacts['consoleFindings'][number];

/** The serious and fatal things a kernel said, in one line. */
export interface KernelSaid {
  /** `soft lockup 3×, warning 1×; the first in phase exhaust: watchdog: BUG: …`; holds the guest's text. */
  text: string;
  /** `seq` of the events. */
  from: number[];
}

/** After one of these the kernel has killed its own work half done: locks and references that it held may never be given back. */
const SUSPECT: readonly ConsoleClass[] = ['oops', 'kernel-bug', 'panic'];

/** A class as it is read. */
export function classWords(name: ConsoleClass): string {
  return name.replaceAll('-', ' ');
}

/**
 * What is to be told of a row: serious and fatal, of the kernel that the row is about. What an earlier kernel said while the
 * machine went down into this row's boot is left out once it is proven which release runs.
 */
export function toldFindings(row: RowFacts): Finding[] {
  const release = row.boot?.release ?? null;
  return row.consoleFindings.filter(
    (finding) =>
      finding.severity !== 'notice' && (release === null || finding.release === null || finding.release === release),
  );
}

export function kernelSaid(row: RowFacts): KernelSaid | null {
  const told = toldFindings(row).filter((finding) => finding.class !== 'left-out');
  const [first] = told;
  if (first === undefined) return null;
  const classes = [...new Set(told.map((finding) => finding.class))];
  const counted = classes.map((name) => {
    const count = told.filter((finding) => finding.class === name).length;
    return `${classWords(name)} ${count}×${count >= MOST_OF_A_CLASS ? ' or more' : ''}`;
  });
  return {
    text: `${counted.join(', ')}; the first${inPhase(row, first)}: ${first.line}`,
    from: told.map(({ seq }) => seq),
  };
}

/**
 * Why what was measured cannot be trusted, a line each. An oops or a `kernel BUG` from the selection of the row's kernel on, by
 * that kernel: it has ended a task of its own in the middle of its work, so a slot that is missing afterwards may be missing
 * for that reason, and one that is there says nothing of a kernel in order. That holds for a leak too, so such a row is
 * inconclusive whatever its cases show. Warnings, lockups, hung tasks and the OOM killer change nothing by themselves: the
 * kernel goes on as it was, and what they break (a container that was killed) is seen by the step it breaks. They are told.
 */
export function suspicions(row: RowFacts): { text: string; line: string; seq: number }[] {
  const since = row.selected?.seq ?? 0;
  return toldFindings(row)
    .filter((finding) => SUSPECT.includes(finding.class) && finding.seq > since)
    .map((finding) => ({
      text: `the kernel itself failed${inPhase(row, finding)} (${finding.line}), so nothing that was measured with it counts`,
      line: finding.line,
      seq: finding.seq,
    }));
}

function inPhase(row: RowFacts, finding: Finding): string {
  const phase = phaseOf(row, finding);
  return phase === null ? '' : ` in phase ${phase}`;
}

/** The phase that a finding fell into; null before the first, and where that is not known. */
export function phaseOf(row: RowFacts, { seq, offset }: Finding): string | null {
  // What was read from the kernel's own log at the end may have been said at any time.
  if (offset === null) return null;
  return row.phases.findLast(({ startedSeq }) => startedSeq < seq)?.phase ?? null;
}
