import type { Plan } from '../config/plan.js';
import { RPM_NEEDS, type HostNeed } from '../host/setup.js';
import { providerOf } from '../provider/table.js';
import { artifactsOf } from '../run/plan-artifacts.js';

/** The host programs that a profile needs, for `setup`, `doctor` and the check before a run. */
export function needsOf(plan: Plan): HostNeed[] {
  const { machine, kernels } = plan;
  const signed = artifactsOf(plan).some(({ artifact }) => artifact.signature !== undefined);
  return [...providerOf(machine).needs(machine, kernels), ...(signed ? RPM_NEEDS : [])];
}
