import { artifactsOf } from '../run/plan-artifacts.js';
import { kernelNeeds } from '../kernel/table.js';
import type { Plan } from '../config/plan.js';
import { hostNeeds, LIBVIRT_NEEDS, RPM_NEEDS, VAGRANT_NEEDS, type HostNeed } from '../host/setup.js';

/** The host programs a profile needs, for `setup`, `doctor` and the refusal before a run. */
export function needsOf(plan: Plan): HostNeed[] {
  const { machine, kernels } = plan;
  const signed = artifactsOf(plan).some(({ artifact }) => artifact.signature !== undefined);
  return [
    ...(machine.provider === 'qemu' ? hostNeeds() : []),
    ...(machine.provider === 'qemu' ? kernelNeeds(kernels) : []),
    ...(machine.provider === 'vagrant' ? VAGRANT_NEEDS : []),
    ...(machine.provider === 'vagrant' && machine.hypervisor === 'libvirt' ? LIBVIRT_NEEDS : []),
    ...(signed ? RPM_NEEDS : []),
  ];
}
