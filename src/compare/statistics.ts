/**
 * Whether two small samples differ: a rank test and its effect size, based on simple-statistics. Nothing is random, because a report must
 * be the same each time it is made.
 */
import { combinations, errorFunction, median, wilcoxonRankSum } from 'simple-statistics';

export interface RankTest {
  /** Two-sided, 0 to 1: the probability that chance alone separates samples of these sizes and ties at least this far. */
  p: number;
  /** The smallest p that samples of these sizes can have, without ties. */
  leastP: number;
  /** Cliff's delta: (pairs in which the later is larger − pairs in which it is smaller) / pairs; -1 to 1. */
  effect: number;
}

/** Above this number of partitions of the pool, the normal approximation is used; 8 against 8 samples have 12,870. */
const EXACT_PARTITIONS = 20_000;

/** Median; null without samples. */
export function medianOf(samples: readonly number[]): number | null {
  return samples.length === 0 ? null : median([...samples]);
}

/**
 * Mann-Whitney's U test of `after` against `before`. Exact, ties included, up to {@link EXACT_PARTITIONS} partitions of the pool: the rank
 * sum of each partition is computed. Above, the normal approximation with corrections for ties and continuity, as usual from about eight
 * samples each.
 * @returns null if either sample is empty.
 */
export function rankTest(before: readonly number[], after: readonly number[]): RankTest | null {
  const [m, n] = [before.length, after.length];
  if (m === 0 || n === 0) return null;
  const u = wilcoxonRankSum([...after], [...before]) - (n * (n + 1)) / 2;
  const partitions = binomial(m + n, n);
  const p = partitions <= EXACT_PARTITIONS ? exactP(before, after) : normalP(u, [...before, ...after], n);
  return { p, leastP: Math.min(1, 2 / partitions), effect: (2 * u) / (m * n) - 1 };
}

/** The share of all partitions whose rank sum is at least as far from the middle as the observed one. */
function exactP(before: readonly number[], after: readonly number[]): number {
  const pool = [...before, ...after];
  // A value's rank is its rank sum as a single sample against all others; ties share their mean.
  const ranks = pool.map((value, i) => (pool.length === 1 ? 1 : wilcoxonRankSum([value], without(pool, i))));
  const middle = (after.length * (pool.length + 1)) / 2;
  const distance = (sum: number) => Math.abs(sum - middle);
  const add = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0);
  const seen = distance(add(ranks.slice(before.length)));
  // Ranks are multiples of a half, so sums are exact.
  const ways = combinations(ranks, after.length);
  return ways.filter((way) => distance(add(way)) >= seen).length / ways.length;
}

function normalP(u: number, pool: readonly number[], n: number): number {
  const size = pool.length;
  const m = size - n;
  const counts = new Map<number, number>();
  for (const value of pool) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
  const variance = ((m * n) / 12) * (size + 1 - ties / (size * (size - 1)));
  if (variance === 0) return 1;
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, Math.max(0, 1 - errorFunction(z / Math.SQRT2)));
}

function without(pool: readonly number[], index: number): number[] {
  return [...pool.slice(0, index), ...pool.slice(index + 1)];
}

function binomial(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) ways = (ways * (n - Math.min(k, n - k) + i)) / i;
  return ways;
}
