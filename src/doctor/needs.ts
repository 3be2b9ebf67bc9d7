import { artifactsOf } from '../artifact/of-plan.js';
import type { Plan } from '../config/plan.js';
import { hostNeeds, LIBVIRT_NEEDS, RPM_KERNEL_NEEDS, RPM_NEEDS, VAGRANT_NEEDS, type HostNeed } from '../host/setup.js';

/** The host programs that a profile needs, for `setup`, `doctor` and the check before a run. */
export function needsOf(plan: Plan): HostNeed[] {
  const { machine, kernels } = plan;
  const signed = artifactsOf(plan).some(({ artifact }) => artifact.signature !== undefined);
  return [
    ...(machine.provider === 'qemu' ? hostNeeds() : []),
    ...(machine.provider === 'qemu' && kernels.some((row) => row.source === 'rpm') ? RPM_KERNEL_NEEDS : []),
    ...(machine.provider === 'vagrant' ? VAGRANT_NEEDS : []),
    ...(machine.provider === 'vagrant' && machine.hypervisor === 'libvirt' ? LIBVIRT_NEEDS : []),
    ...(signed ? RPM_NEEDS : []),
  ];
}
