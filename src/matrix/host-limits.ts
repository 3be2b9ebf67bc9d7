import { readFileSync } from 'node:fs';
import type { Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';

/** What QEMU takes beside the guest's memory: translated code (512 MiB at most under TCG) and itself. */
const QEMU_OVERHEAD_MIB = 400;
/** Left for this program, the page cache of the image and everybody else. */
const HOST_RESERVE_MIB = 1024;

/** MiB the kernel says can be had without swapping (MemAvailable of /proc/meminfo). */
export function availableMemoryMib(): number {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return found ? Math.floor(Number(found[1]) / 1024) : 0;
}

/**
 * How many machines may work at once: as asked, no more than there are rows, and no more than the memory holds.
 * @throws UserError if not even one fits.
 */
export function affordableJobs(
  plan: Plan,
  rows: number,
  availableMib: number,
): { jobs: number; reduced: string | null } {
  if (plan.machine.provider === 'ssh') return { jobs: 1, reduced: null };
  const each = plan.machine.memory_mib + QEMU_OVERHEAD_MIB;
  const fit = Math.floor((availableMib - HOST_RESERVE_MIB) / each);
  if (fit < 1) {
    throw new UserError({
      what: `${availableMib} MiB of memory are available, one machine needs ${each + HOST_RESERVE_MIB} MiB`,
      where: `profile ${plan.profile}: memory ${plan.machine.memory_mib} MiB, QEMU ${QEMU_OVERHEAD_MIB} MiB, reserve ${HOST_RESERVE_MIB} MiB`,
      why: 'at exhaustion 65 thousand memory cgroups take about 2 GiB in the guest',
      next: 'free some memory; memory: below 3GiB under machine: in kernels.yaml may end in the out-of-memory killer',
    });
  }
  const wanted = Math.min(plan.jobs, rows);
  if (fit >= wanted) return { jobs: Math.max(1, wanted), reduced: null };
  return {
    jobs: fit,
    reduced: `${fit} machines at a time instead of ${wanted}: ${availableMib} MiB of memory are available`,
  };
}
