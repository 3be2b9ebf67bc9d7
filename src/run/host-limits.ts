import type { Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { HOST_RESERVE_MIB, QEMU_OVERHEAD_MIB, type HostSize } from '../provider/host-size.js';
import { providerOf } from '../provider/table.js';

/**
 * How many machines may work at once: as asked, no more than there are rows, than the host has processors (a machine keeps one
 * busy all the time, emulated or not), and than the memory holds.
 * @throws UserError if not even one fits.
 */
export function affordableJobs(
  plan: Plan,
  rows: number,
  { cpus, availableMib }: HostSize,
): { jobs: number; reduced: string | null } {
  const memory = providerOf(plan.machine).memoryMib(plan.machine);
  if (memory === null) return { jobs: 1, reduced: null };
  const each = memory + QEMU_OVERHEAD_MIB;
  const fit = Math.floor((availableMib - HOST_RESERVE_MIB) / each);
  if (fit < 1) {
    throw new UserError({
      what: `${availableMib} MiB of memory are available, one machine needs ${each + HOST_RESERVE_MIB} MiB`,
      where: `profile ${plan.profile}: memory ${memory} MiB, QEMU ${QEMU_OVERHEAD_MIB} MiB, reserve ${HOST_RESERVE_MIB} MiB`,
      why: 'at exhaustion 65 thousand memory cgroups take about 2 GiB in the guest',
      next: 'free some memory; memory: below 3GiB under machine: in kernels.yaml may end in the out-of-memory killer',
    });
  }
  const wanted = Math.max(1, Math.min(plan.jobs, rows));
  const jobs = Math.min(wanted, fit, cpus);
  if (jobs === wanted) return { jobs, reduced: null };
  const why =
    fit < cpus
      ? `${availableMib} MiB of memory are available`
      : `this host has ${cpus} processor${cpus === 1 ? '' : 's'}, and a machine keeps one busy`;
  return { jobs, reduced: `${jobs} machine${jobs === 1 ? '' : 's'} at a time instead of ${wanted}: ${why}` };
}

/** How many machines work at once where nobody says: as many as there are rows for and the host can take. */
export function automaticJobs(plan: Plan, host: HostSize): number {
  const provider = providerOf(plan.machine);
  if (!provider.automaticJobs) return 1;
  try {
    return affordableJobs({ ...plan, jobs: provider.mostJobs(plan.machine).most }, plan.kernels.length, host).jobs;
  } catch (error) {
    // Said where machines are started.
    if (error instanceof UserError) return 1;
    throw error;
  }
}

/**
 * Makes a plan's machines no larger than this host, where its provider can; see {@link Provider.fit}.
 * @returns the plan, and what was changed in it, in words.
 * @throws UserError if they would be too small for the guest.
 */
export function fitToHost(plan: Plan, host: HostSize): { plan: Plan; changes: string[] } {
  return providerOf(plan.machine).fit?.(plan, host) ?? { plan, changes: [] };
}
