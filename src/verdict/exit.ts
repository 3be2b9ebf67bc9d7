/** The exit code of a run, from the same verdicts as its table. */
import type { Shard } from '../run-events/events.js';
import type { KernelVerdict } from './types.js';

/**
 * What a run's verdicts say to exit with. 0: everything measured is as expected, has no expectation, or fails as it is known to.
 *
 * 4: something is worse than the baseline; wins over 1, since who compares with a baseline asks for news, and a verdict that
 * differs from kernels.yaml every night must not hide that another has got worse tonight (a verdict that is both shows in
 * the table as both). 1: a verdict differs from what is expected; wins over 3, since a difference that was found stands. 3: a
 * kernel failed or is inconclusive, or there was none; a known failure does not excuse that, as nobody has seen it fail as
 * known, but a shard to which no row falls has done all that was its to do. 2, usage and configuration, is never a verdict's.
 * @param shard the part of a plan that the verdicts are of; null if it was all of it.
 */
export function exitCode(
  verdicts: readonly Pick<KernelVerdict, 'status'>[],
  shard: Shard | null = null,
): 0 | 1 | 3 | 4 {
  const some = (status: KernelVerdict['status']) => verdicts.some((verdict) => verdict.status === status);
  if (some('regressed')) return 4;
  if (some('differs')) return 1;
  if (verdicts.length === 0) return shard === null ? 3 : 0;
  return some('not-measured') ? 3 : 0;
}
