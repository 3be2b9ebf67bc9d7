import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { EL7_LEAST_MEMORY_MIB } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { JOBS } from '../config/schema.js';
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

/** What this host can give to machines. */
export interface HostSize {
  /** Processors this process may use. */
  cpus: number;
  availableMib: number;
}

export function hostSize(): HostSize {
  return { cpus: availableParallelism(), availableMib: availableMemoryMib() };
}

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
  if (plan.machine.provider !== 'qemu') return 1;
  try {
    const most = portsLeft(plan.machine.ssh_port);
    return affordableJobs({ ...plan, jobs: most }, plan.kernels.length, host).jobs;
  } catch (error) {
    // Said where machines are started.
    if (error instanceof UserError) return 1;
    throw error;
  }
}

/** With a fixed port, machines count up from it. */
function portsLeft(port: number | undefined): number {
  return Math.min(JOBS.max, port === undefined ? Infinity : 65536 - port);
}

/**
 * Makes a plan's Vagrant machines no larger than this host: as many processors as it has, and what memory it can spare, in
 * steps of 256 MiB; for CentOS 7 never below 8 GiB.
 * @param host processors, and available memory in MiB.
 * @returns the plan, and what was changed in it, in words.
 * @throws UserError if CentOS 7 would have less than it lives through exhaustion with.
 */
export function fitToHost(plan: Plan, host: HostSize): { plan: Plan; changes: string[] } {
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
      kind: 'host',
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
