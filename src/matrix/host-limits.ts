import { readFileSync } from 'node:fs';
import { EL7_LEAST_MEMORY_MIB } from '../config/defaults.js';
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

/**
 * Makes a plan's Vagrant machines no larger than this host: as many processors as it has, and what memory it can spare, in
 * steps of 256 MiB; for CentOS 7 never below 8 GiB.
 * @param host processors, and available memory in MiB.
 * @returns the plan, and what was changed in it, in words.
 * @throws UserError if CentOS 7 would have less than it lives through exhaustion with.
 */
export function fitToHost(plan: Plan, host: { cpus: number; availableMib: number }): { plan: Plan; changes: string[] } {
  const { machine } = plan;
  if (machine.provider !== 'vagrant') return { plan, changes: [] };
  const spare = Math.floor((host.availableMib - HOST_RESERVE_MIB - QEMU_OVERHEAD_MIB) / 256) * 256;
  const memory_mib = Math.min(machine.memory_mib, spare);
  if (plan.guest.os === 'el7' && memory_mib < EL7_LEAST_MEMORY_MIB) {
    throw new UserError({
      what: `a CentOS 7 machine needs ${EL7_LEAST_MEMORY_MIB / 1024} GiB of memory, this host can spare ${Math.max(0, spare)} MiB`,
      where: `profile ${plan.profile}: ${host.availableMib} MiB are available, ${HOST_RESERVE_MIB + QEMU_OVERHEAD_MIB} MiB stay with the host`,
      why: 'with less it does not live through exhaustion (the source procedure: 8g at least)',
      next: 'free some memory, or take the small machines: npm run matrix -- --profile embedded',
      exitCode: 2,
    });
  }
  const cpus = Math.min(machine.cpus, host.cpus);
  const changes = [
    ...(cpus < machine.cpus ? [`${cpus} processors instead of ${machine.cpus}: this host has no more`] : []),
    ...(memory_mib < machine.memory_mib
      ? [`${memory_mib} MiB of memory instead of ${machine.memory_mib}: ${host.availableMib} MiB are available`]
      : []),
  ];
  return { plan: { ...plan, machine: { ...machine, cpus, memory_mib } }, changes };
}
