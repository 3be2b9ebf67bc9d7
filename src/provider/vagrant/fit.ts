import { EL7_LEAST_MEMORY_MIB } from '../../config/defaults.js';
import type { VagrantMachineConfig } from './config.js';
import { UserError } from '../../host/user-error.js';
import { HOST_RESERVE_MIB, QEMU_OVERHEAD_MIB, type HostSize } from '../host-size.js';
import type { PlanOf } from '../provider.js';

/**
 * Makes a plan's machines no larger than this host: as many processors as it has, and what memory it can spare, in steps of
 * 256 MiB; for CentOS 7 never below 8 GiB.
 * @returns the plan, and what was changed in it, in words.
 * @throws UserError if CentOS 7 would have less than it lives through exhaustion with.
 */
export function fitToHost(plan: PlanOf<VagrantMachineConfig>, host: HostSize) {
  const { machine } = plan;
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
