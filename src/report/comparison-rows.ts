/** What every rendering of a comparison shows, as text: the lines before the tables, and the tables' cells. */
import { ABSENT } from '../base/text/figures.js';
import type { Comparison, KernelComparison } from '../compare/types.js';
import { STATE_WORDS, changeWords, driftName, figureWords, findingWords, regressionLines } from '../compare/words.js';

/** What must be seen first. May hold guests' text. */
export interface Headlines {
  title: string;
  /** Differences of the circumstances. */
  circumstances: string[];
  /** `kernel: what is worse`; empty is said as "no regression" by whoever shows it. */
  regressions: string[];
  /** Regressions that a known failure excuses. */
  excused: string[];
  /** Kernels that are no pass: new, gone, not comparable. */
  apart: string[];
}

export function headlines(comparison: Comparison): Headlines {
  const { base, current, kernels } = comparison;
  const profile = base.profile === current.profile ? `profile ${current.profile}` : `of two profiles`;
  return {
    title: `Run ${current.run} compared with run ${base.run} of ${base.startedAt.slice(0, 10)}, ${profile}`,
    circumstances: comparison.circumstances,
    regressions: comparison.regressions,
    excused: kernels.flatMap((kernel) =>
      kernel.excused === null
        ? []
        : regressionLines(kernel).map((line) => `${kernel.kernel}: ${line} (${kernel.excused})`),
    ),
    apart: kernels
      .filter(({ reason }) => reason !== '')
      .map(({ kernel, state, reason }) => `${kernel}: ${STATE_WORDS[state]} (${reason})`),
  };
}

/** What is said where nothing is worse: of what could be compared, if anything could. */
export function noRegression(comparison: Comparison): string {
  const apart = comparison.kernels.filter(({ reason }) => reason !== '').length;
  if (apart === comparison.kernels.length) return 'nothing could be compared';
  return apart > 0 ? 'no regression in what could be compared' : 'no regression';
}

/** How many kernels of a comparison are in which state, in one sentence. */
export function tally({ kernels }: Comparison): string {
  const states = new Map<string, number>();
  for (const { state } of kernels) states.set(STATE_WORDS[state], (states.get(STATE_WORDS[state]) ?? 0) + 1);
  return [...states].map(([word, n]) => `${n} ${word}`).join(', ');
}

export const KERNEL_HEAD = ['kernel', 'state', 'verdict', 'what changed'];

/** One row a kernel. */
export function kernelCells(kernel: KernelComparison): string[] {
  const { before, after } = kernel.verdict;
  const words = [before, after].map((verdict) => verdict?.replaceAll('-', ' ') ?? ABSENT);
  const verdict = words[0] === words[1] ? (words[0] ?? ABSENT) : words.join(' → ');
  const changes = kernel.changes.filter(({ what }) => what !== 'verdict').map(changeWords);
  return [kernel.kernel, STATE_WORDS[kernel.state], verdict, changes.join('; ') || ABSENT];
}

export const FIGURE_HEAD = ['kernel', 'figure', 'before', 'after', 'finding'];

/** One row a figure of each kernel that was compared; a figure that neither run has is left out. */
export function figureCells(comparison: Comparison): string[][] {
  return comparison.kernels.flatMap(({ kernel, drifts }) =>
    drifts
      .filter(({ before, after }) => before.n + after.n > 0)
      .map((drift) => [
        kernel,
        driftName(drift),
        figureWords(drift, drift.before),
        figureWords(drift, drift.after),
        findingWords(drift),
      ]),
  );
}
