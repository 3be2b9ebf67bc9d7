import type { KernelRow } from '../../config/plan.js';

/**
 * Seconds of a row after its machine's start, under emulation, two machines on two cores that had nothing else to do, with one
 * cycle a case: 5.10 and 6.1 on v1 took 110 and 98, 6.12 on v2 163, for its exhaustion takes several times as long
 * (bench/durations.json). That is not because of v2 but of the kernel: since 6.3 making a memory cgroup walks a list of those there
 * are (docs/performance.md). Which kernel it is a plan need not say, and newer ones mostly run on v2.
 */
const SECONDS: Record<KernelRow['cgroup'], number> = { v1: 104, v2: 163 };
const CYCLES = 1;
/** Of one cycle of both churn cases, measured in the same runs. */
const SECONDS_PER_CYCLE = 13;

/** Seconds from power-on until SSH answers, measured in the same runs. */
export const START_SECONDS = 7;

/**
 * What a row costs as far as its plan tells: in seconds under emulation, and in proportion under KVM. Every shard works the
 * split out for itself, so this may depend on nothing else.
 */
export function estimate(row: Pick<KernelRow, 'cgroup'>, cycles: number): number {
  return SECONDS[row.cgroup] + (cycles - CYCLES) * SECONDS_PER_CYCLE;
}
