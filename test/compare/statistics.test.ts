import { describe, expect, it } from 'vitest';
import { medianOf, rankTest } from '../../src/compare/statistics.js';

/** References: scipy 1.17 (mannwhitneyu exact and asymptotic, permutation_test over all partitions for ties). */
describe('rankTest', () => {
  it.each([
    [[1, 2, 3], [4, 5, 6], 0.1, 1],
    [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.0079365, 1],
    [[6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 0.0079365, -1],
    [[2, 4, 5, 6, 8, 10], [3, 1, 9, 12, 7], 0.9307359, 0.0666667],
    [[1], [2], 1, 1],
  ])('is exact for %j and %j', (before, after, p, effect) => {
    expect(rankTest(before, after)?.p).toBeCloseTo(p, 6);
    expect(rankTest(before, after)?.effect).toBeCloseTo(effect, 6);
  });

  it.each([
    [[1, 1, 2], [2, 3, 3], 0.2, 0.8888889],
    [[0, 0, 0, 0, 0, 0], [0, 0, 0, 1], 0.4, 0.25],
    [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], 0.0079365, 1],
    [[0, 1, 1, 2, 2, 2], [1, 2, 2, 3, 3], 0.1883117, 0.5333333],
    [[0, 0, 0], [0, 0, 0], 1, 0],
  ])('is exact with ties in %j and %j', (before, after, p, effect) => {
    expect(rankTest(before, after)?.p).toBeCloseTo(p, 6);
    expect(rankTest(before, after)?.effect).toBeCloseTo(effect, 6);
  });

  it('takes the normal approximation for large samples, with its corrections', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => i + 1);
    expect(rankTest(twelve, twelve.map((x) => x + 5))?.p).toBeCloseTo(0.006574, 5); // prettier-ignore
    const [before, after] = [
      [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
      [2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8],
    ];
    expect(rankTest(before, after)?.p).toBeCloseTo(0.075273, 5);
    const same = Array<number>(1000).fill(3);
    expect(rankTest(same, same)).toMatchObject({ p: 1, effect: 0 });
  });

  it('tells the smallest p that samples of a size can have', () => {
    expect(rankTest([1, 2, 3], [1, 2, 3])?.leastP).toBeCloseTo(0.1, 9);
    expect(rankTest([1], [1])?.leastP).toBe(1);
    expect(rankTest(Array<number>(1000).fill(1), [1])?.leastP).toBeCloseTo(2 / 1001, 9);
  });

  it('says nothing of nothing, and leaves the samples as they are', () => {
    expect(rankTest([], [1])).toBeNull();
    const samples = [3, 1, 2];
    rankTest(samples, samples);
    expect(medianOf(samples)).toBe(2);
    expect(samples).toEqual([3, 1, 2]);
    expect(medianOf([])).toBeNull();
  });
});
