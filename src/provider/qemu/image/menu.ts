import type { CgroupVersion } from '../../../config/plan.js';
import type { QemuMachineConfig } from '../config.js';
import { UserError } from '../../../host/user-error.js';

/** One kernel of the guest's GRUB menu. */
export interface MenuKernel {
  /** The row's name; the boot kernel's is `boot`. */
  name: string;
  release: string;
  cgroup: CgroupVersion;
  cmdline: string[];
  initramfs: boolean;
}

/** The name of the root partition on each bus, the same since the drivers exist. */
const ROOT_DEVICE: Record<QemuMachineConfig['disk_bus'], string> = {
  nvme: '/dev/nvme0n1p1',
  virtio: '/dev/vda1',
  sata: '/dev/sda1',
};

/**
 * The menu id of a row. It starts with a letter because GRUB 2.06 takes a `saved_entry` that starts with a digit for
 * an entry's number.
 */
export function entryId(name: string): string {
  return `k-${name}`;
}

/** Kernel command line of an entry. `km.entry` lets the booted system prove through which entry it came. */
export function kernelCommandLine(kernel: MenuKernel, bus: QemuMachineConfig['disk_bus']): string {
  return [
    `root=${ROOT_DEVICE[bus]}`,
    'rootfstype=ext4',
    'rw',
    'console=ttyS0,115200',
    // Interface names without udev differ between kernels otherwise.
    'net.ifnames=0',
    // docker.io without the apparmor package refuses to start containers where the kernel has AppArmor on.
    'apparmor=0',
    `km.cgroup=${kernel.cgroup}`,
    `km.entry=${entryId(kernel.name)}`,
    ...kernel.cmdline,
  ].join(' ');
}

/**
 * The entry of a kernel.
 * @throws UserError if its package names a release that could be more than a word of GRUB's configuration.
 */
export function menuEntry(kernel: MenuKernel, bus: QemuMachineConfig['disk_bus']): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(kernel.release)) {
    throw new UserError({
      what: `kernel ${kernel.name}: ${JSON.stringify(kernel.release)} is no kernel release`,
      where: 'what its package or image says',
      next: 'take another package',
    });
  }
  const folder = `/boot/kernels/${kernel.name}`;
  const initrd = kernel.initramfs ? `\n  initrd ${folder}/initrd` : '';
  return (
    `menuentry 'Linux ${kernel.release} (${kernel.name}, cgroup ${kernel.cgroup})' --id '${entryId(kernel.name)}' {\n` +
    `  linux ${folder}/vmlinuz ${kernelCommandLine(kernel, bus)}${initrd}\n}\n`
  );
}

/** The guest's grub.cfg: serial only, no waiting, the saved entry as default. */
export function grubConfig(entries: string[]): string {
  return (
    'serial --unit=0 --speed=115200\nterminal_input serial\nterminal_output serial\nset timeout=0\nload_env\n' +
    `set default="\${saved_entry}"\n\n${entries.join('\n')}`
  );
}
