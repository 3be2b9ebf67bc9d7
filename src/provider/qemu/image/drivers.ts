import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { QemuMachineConfig } from '../config.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import { insmodFiles } from './initramfs.js';
import type { ResolvedKernel } from '../../../kernel/resolved-kernel.js';

/** Modules that find the root partition on each bus. */
const ROOT_MODULES: Record<QemuMachineConfig['disk_bus'], string[]> = {
  nvme: ['nvme', 'ext4'],
  virtio: ['virtio_pci', 'virtio_blk', 'ext4'],
  sata: ['ahci', 'sd_mod', 'ext4'],
};

/** Modules of the machine's network card, through which SSH comes. What Docker wants beside it the guest can do without. */
const NETWORK_MODULES = ['virtio_pci', 'virtio_net'];

/** What a kernel needs before it can mount its root, and after that to be reached. */
export interface Drivers {
  /** Module files in the order they must be loaded before the root is mounted; empty if all is built in. */
  modules: string[];
  /** Drivers that are neither built in nor a module, as far as the modules directory tells. */
  missing: string[];
}

/**
 * Works out, with the host's modprobe on the kernel's own modules.dep and modules.builtin, which modules stand between
 * the kernel and its root, soft dependencies too (kmod 30: ext4 on newer kernels wants crc32c). A kernel without a list of what is
 * built in is taken to have built in all that is not among its modules.
 */
export async function driversOf(kernel: ResolvedKernel, bus: QemuMachineConfig['disk_bus']): Promise<Drivers> {
  const found: Drivers = { modules: [], missing: [] };
  if (kernel.moduleRoot === null) return found;
  const root = ROOT_MODULES[bus];
  const listed = tellsBuiltIn(kernel);
  for (const module of new Set([...root, ...NETWORK_MODULES])) {
    try {
      const { stdout } = await runTool(
        '/sbin/modprobe',
        ['-d', kernel.moduleRoot, '-S', kernel.release, '--show-depends', '--', module],
        { timeout: 30, purpose: `looking for ${module} in the modules of ${kernel.release}` },
      );
      if (!root.includes(module)) continue;
      for (const file of insmodFiles(stdout)) if (!found.modules.includes(file)) found.modules.push(file);
    } catch {
      if (listed) found.missing.push(module);
    }
  }
  return found;
}

/** True if a list of what is built in came with the kernel: modules.builtin of the kernel's own build. */
function tellsBuiltIn({ moduleRoot, release }: ResolvedKernel): boolean {
  return moduleRoot !== null && existsSync(join(moduleRoot, 'lib/modules', release, 'modules.builtin'));
}

/**
 * As {@link driversOf}, and refuses a kernel that could not boot or not be reached.
 * @param name the row's name.
 * @throws UserError
 */
export async function requireDrivers(
  name: string,
  kernel: ResolvedKernel,
  bus: QemuMachineConfig['disk_bus'],
): Promise<string[]> {
  const { withdrawn } = kernel;
  const what = `kernel ${name} (${kernel.release})`;
  if (withdrawn && !tellsBuiltIn(kernel)) {
    throw new UserError({
      what: `${what} cannot be used without its modules`,
      where: withdrawn.why,
      why: `no package that is left tells whether ${needed(bus)} are built in`,
      next: withdrawn.next,
    });
  }
  const { modules, missing } = await driversOf(kernel, bus);
  if (missing.length === 0) return modules;
  if (withdrawn) {
    throw new UserError({
      what: `${what} has no ${missing.join(', ')} built in`,
      where: withdrawn.why,
      why: `a kernel without its modules needs ${needed(bus)} built in, with the disk on the ${bus} bus`,
      next: withdrawn.next,
    });
  }
  throw new UserError({
    what: `${what} has no ${missing.join(', ')}`,
    where: `neither built in nor among its modules; the disk is on the ${bus} bus`,
    next: 'set disk_bus: under machine: to one the kernel has (nvme, virtio, sata); give a kernel that is split into several RPMs all of them with modules_rpms:',
  });
}

function needed(bus: QemuMachineConfig['disk_bus']): string {
  const all = [...new Set([...ROOT_MODULES[bus], ...NETWORK_MODULES])];
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
