/** A comparison's figures and findings in words, the same in every rendering. */
import { allFigures } from './figures.js';
import type { Change, Drift, KernelComparison, KernelState } from './types.js';

export const STATE_WORDS: Record<KernelState, string> = {
  unchanged: 'unchanged',
  drifted: 'figures drifted',
  changed: 'changed',
  new: 'new',
  gone: 'gone',
  'not-comparable': 'not comparable',
};

const FINDING_WORDS: Record<Drift['finding'], string> = {
  same: 'same',
  better: 'better',
  worse: 'worse',
  different: 'different, because the release differs',
  'too-few': 'too few samples to say',
  'not-comparable': 'not comparable: the circumstances differ',
  'not-recorded': 'not recorded',
};

/** The regressions of a kernel, one line each. */
export function regressionLines({ changes, drifts }: Pick<KernelComparison, 'changes' | 'drifts'>): string[] {
  return [
    ...changes.filter(({ regression }) => regression).map(changeWords),
    ...drifts.filter(({ regression }) => regression).map((drift) => `${driftName(drift)} ${driftWords(drift)}`),
  ];
}

export function changeWords({ what, before, after }: Change): string {
  return `${what} ${before} → ${after}`;
}

export function driftName({ figure, case: of }: Drift): string {
  const name = allFigures().find(({ id }) => id === figure)?.name ?? figure;
  return of === null ? name : `${of}, ${name}`;
}

/** `21.1 KiB → 24 KiB (+14 %)`. */
function driftWords(drift: Drift): string {
  return `${figureWords(drift, drift.before)} → ${figureWords(drift, drift.after)}${moveWords(drift)}`;
}

/** The median of a run's samples, in readable units; a dash without samples. */
export function figureWords({ figure, unit }: Drift, { median }: Drift['before']): string {
  if (median === null) return '—';
  const known = allFigures().find(({ id }) => id === figure);
  return known?.show(median) ?? `${round(median, 2)}${unit === '' ? '' : ` ${unit}`}`;
}

function moveWords({ ratio, finding }: Drift): string {
  if (ratio === null || ratio === 1 || finding === 'same') return '';
  const percent = (ratio - 1) * 100;
  // One slot of 65 thousand is too small a percentage to show.
  if (Math.abs(percent) < 0.1) return '';
  return ` (${percent > 0 ? '+' : '−'}${round(Math.abs(percent), 1)} %)`;
}

/** The finding, with the number of samples, p and effect. */
export function findingWords(drift: Drift): string {
  const word = FINDING_WORDS[drift.finding];
  const samples = `${drift.before.n} and ${drift.after.n}`;
  if (drift.finding === 'too-few') return `${word} (${samples})`;
  const tested = ['same', 'better', 'worse', 'different'].includes(drift.finding) && drift.p !== null;
  return tested ? `${word} (n ${samples}, p ${pWords(drift.p ?? 1)}, effect ${round(drift.effect ?? 0, 2)})` : word;
}

function pWords(p: number): string {
  return p < 0.001 ? '< 0.001' : String(round(p, 3));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
