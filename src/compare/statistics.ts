/**
 * Whether two small samples differ: a rank test and its effect size, on the statistics of simple-statistics. A report must come out
 * the same each time it is made, so nothing is drawn at random.
 */
import { combinations, errorFunction, median, wilcoxonRankSum } from 'simple-statistics';

export interface RankTest {
  /** Two-sided, 0 to 1: how often chance alone would part samples of these sizes and ties at least so far. */
  p: number;
  /** The smallest p that samples of these sizes can have, without ties. */
  leastP: number;
  /** Cliff's delta: (pairs in which the later is larger − pairs in which it is smaller) / pairs; -1 to 1. */
  effect: number;
}

/** With more ways than this to part the pool the normal approximation is taken; 8 against 8 have 12,870. */
const EXACT_PARTITIONS = 20_000;

/** Median; null of nothing. */
export function medianOf(samples: readonly number[]): number | null {
  return samples.length === 0 ? null : median([...samples]);
}

/**
 * Mann-Whitney's U test of `after` against `before`. Exact as long as there are at most {@link EXACT_PARTITIONS} ways to part the
 * pool, ties included: each way's rank sum is looked at. Beyond, the normal approximation with the corrections for ties
 * and continuity, as is usual from about eight samples each.
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

/** The share of all ways to part the pool whose rank sum is at least as far from the middle as the one seen. */
function exactP(before: readonly number[], after: readonly number[]): number {
  const pool = [...before, ...after];
  // A value's rank is its rank sum as a sample of one among all others; ties share the mean of theirs.
  const ranks = pool.map((value, i) => (pool.length === 1 ? 1 : wilcoxonRankSum([value], without(pool, i))));
  const middle = (after.length * (pool.length + 1)) / 2;
  const distance = (sum: number) => Math.abs(sum - middle);
  const add = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0);
  const seen = distance(add(ranks.slice(before.length)));
  // Ranks are whole or half, so sums are exact.
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
