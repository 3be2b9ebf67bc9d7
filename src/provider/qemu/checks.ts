import { good, type Finding } from '../../base/finding.js';
import type { QemuMachineConfig } from './config.js';
import { missingNeeds } from '../../host/setup.js';
import { knownAccelerator } from './accelerator.js';
import { hostNeeds } from './needs.js';

/** How the machines are run. */
export async function accelerator(machine: QemuMachineConfig): Promise<Finding[]> {
  if (missingNeeds(hostNeeds()).length > 0) return [good('accelerator', 'not checked: QEMU is missing')];
  return [good('accelerator', await knownAccelerator(machine.accelerator))];
}
