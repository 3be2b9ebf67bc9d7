/** The exit code of a run, from the same verdicts as its table. */
import type { KernelVerdict } from './types.js';

/**
 * 0: everything measured is as expected (or has no expectation). 1: a verdict differs from what is expected; wins over 3,
 * since a difference that was found stands. 3: a kernel failed or is inconclusive, or there was none. 2, usage and
 * configuration, is never a verdict's.
 */
export function exitCode(verdicts: readonly Pick<KernelVerdict, 'status'>[]): 0 | 1 | 3 {
  if (verdicts.some((verdict) => verdict.status === 'differs')) return 1;
  if (verdicts.length === 0 || verdicts.some((verdict) => verdict.status === 'not-measured')) return 3;
  return 0;
}
