import { append } from '../base/lists.js';
import type { Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { refuseUnsupported } from '../run/backend.js';
import { artifacts } from './artifacts.js';
import { fileKernels } from './file-kernels.js';
import { bad, firstBad, good, type Check, type Finding } from './finding.js';
import { suites } from './deb-kernels.js';
import { accelerator, machines, programs, resources } from './host.js';
import { existingHost } from './ssh.js';
import { vagrantChecks } from './vagrant.js';

/** The checks of a profile, the cheapest first. */
function checksOf(plan: Plan): Check[] {
  const { machine } = plan;
  return [
    () => supported(plan),
    () => programs(plan),
    () => resources(plan),
    () => accelerator(plan),
    ...(machine.provider === 'vagrant' ? vagrantChecks(machine) : []),
    ...(machine.provider === 'ssh' ? [() => existingHost(machine)] : []),
    () => fileKernels(plan),
    () => suites(plan),
    () => artifacts(plan),
  ];
}

/** Runs every check of a profile. */
export async function examine(plan: Plan): Promise<Finding[]> {
  const found: Finding[] = [good('Node.js', process.version)];
  for (const check of checksOf(plan)) append(found, await check());
  return [...found, ...machines()];
}

/** The first finding that prevents a profile from running here; null if there is none. Later checks are not run. */
export async function obstacle(plan: Plan): Promise<Finding | null> {
  for (const check of checksOf(plan)) {
    const found = firstBad(await check());
    if (found) return found;
  }
  return null;
}

function supported(plan: Plan): Finding[] {
  try {
    refuseUnsupported(plan);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [bad('profile', error.parts.what, error.parts.next)];
  }
}
