import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { QemuMachineConfig } from '../../../config/plan.js';
import { scratchFolder } from '../../../host/cache.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import { filePath } from './files.js';
import type { ResolvedKernel } from './resolved-kernel.js';

/** Modules that find the root partition on each bus. */
const ROOT_MODULES: Record<QemuMachineConfig['disk_bus'], string[]> = {
  nvme: ['nvme', 'ext4'],
  virtio: ['virtio_pci', 'virtio_blk', 'ext4'],
  sata: ['ahci', 'sd_mod', 'ext4'],
};

/** What a kernel needs before it can mount its root. */
export interface RootDrivers {
  /** Module files in the order they must be loaded; empty if all is built in. */
  modules: string[];
  /** Drivers that are neither built in nor a module, as far as the modules directory tells. */
  missing: string[];
}

/**
 * Works out, with the host's modprobe on the kernel's own modules.dep and modules.builtin, which modules stand between
 * the kernel and its root, soft dependencies too (kmod 30: ext4 on newer kernels wants crc32c). A kernel without a modules directory is taken to have all it needs built in.
 */
export async function rootDrivers(kernel: ResolvedKernel, bus: QemuMachineConfig['disk_bus']): Promise<RootDrivers> {
  const found: RootDrivers = { modules: [], missing: [] };
  if (kernel.moduleRoot === null) return found;
  for (const module of ROOT_MODULES[bus]) {
    try {
      const { stdout } = await runTool(
        '/sbin/modprobe',
        ['-d', kernel.moduleRoot, '-S', kernel.release, '--show-depends', '--', module],
        { timeout: 30, purpose: `looking for ${module} in the modules of ${kernel.release}` },
      );
      for (const file of insmodFiles(stdout)) if (!found.modules.includes(file)) found.modules.push(file);
    } catch {
      found.missing.push(module);
    }
  }
  return found;
}

/** Files of `modprobe --show-depends`: lines `insmod <path>`; `builtin <name>` lines need nothing. */
export function insmodFiles(output: string): string[] {
  return output
    .split('\n')
    .map((line) => /^insmod (\S+)/.exec(line)?.[1])
    .filter((path): path is string => path !== undefined);
}

/**
 * Writes an initramfs (newc cpio, gzip) of busybox, this program's init and the given modules, decompressed.
 * @param busybox path of a static busybox.
 */
export async function writeInitramfs(
  target: string,
  busybox: string,
  modules: string[],
  signal: AbortSignal,
): Promise<void> {
  const stage = scratchFolder('initramfs');
  try {
    await mkdir(join(stage, 'bin'), { recursive: true });
    await mkdir(join(stage, 'modules'));
    await copyFile(busybox, join(stage, 'bin/busybox'));
    await copyFile(filePath('initramfs-init'), join(stage, 'init'));
    await chmod(join(stage, 'init'), 0o755);
    await chmod(join(stage, 'bin/busybox'), 0o755);
    const order: string[] = [];
    for (const module of modules) order.push(`/modules/${await copyModule(module, join(stage, 'modules'), signal)}`);
    await writeFile(join(stage, 'modules.order'), order.map((line) => `${line}\n`).join(''));
    const archive = `${target}.part`;
    await runTool(
      'sh',
      ['-c', 'find . -print0 | cpio --null --quiet -o -H newc -R 0:0 | gzip -1 >"$1"', 'sh', archive],
      {
        cwd: stage,
        timeout: 60,
        purpose: 'packing an initramfs',
        signal,
      },
    );
    renameSync(archive, target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Copies a module without its compression: busybox's insmod reads plain ELF. */
async function copyModule(module: string, folder: string, signal: AbortSignal): Promise<string> {
  const unpackers: Record<string, string> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };
  const ending = /\.ko(\.\w+)?$/.exec(module);
  if (!ending) throw new UserError({ what: `${module} is no kernel module` });
  const plain = basename(module).replace(/\.ko(\.\w+)?$/, '.ko');
  const unpacker = ending[1] && unpackers[ending[1]];
  if (!unpacker) {
    await copyFile(module, join(folder, plain));
  } else {
    await runTool('sh', ['-c', '"$1" -dc <"$2" >"$3"', 'sh', unpacker, module, join(folder, plain)], {
      timeout: 30,
      purpose: `unpacking ${basename(module)}`,
      signal,
    });
  }
  return plain;
}
