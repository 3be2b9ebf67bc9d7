import type { QemuMachineConfig } from './config.js';

export type Accelerator = 'kvm' | 'tcg';

/** Where one machine's files and ports are. */
export interface MachineLayout {
  overlay: string;
  console: string;
  sshPort: number;
  /** The machine goes on from a saved state, which is read from this file descriptor. */
  incoming?: number | undefined;
}

/**
 * Accelerator flags. TCG: one thread a CPU, 512 MiB of translated code, which measured best for two-CPU guests; and a processor that
 * does not promise fast string operations (CPUID ERMS). Where it is promised, Linux clears and copies pages with `rep stosb` and
 * `rep movsb` (arch/x86/lib/clear_page_64.S), of which TCG makes a loop over single bytes: filling took 1.3 times the CPU.
 */
export function acceleratorFlags(accelerator: Accelerator): string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,erms=off'];
}

const DISK_DEVICE: Record<QemuMachineConfig['disk_bus'], string[]> = {
  nvme: ['-device', 'nvme,drive=disk,serial=kernel-matrix'],
  virtio: ['-device', 'virtio-blk-pci,drive=disk'],
  sata: ['-device', 'ich9-ahci,id=ahci', '-device', 'ide-hd,drive=disk,bus=ahci.0'],
};

/**
 * QEMU's arguments for a guest. The guest reaches nothing (restrict=on) and only 127.0.0.1 reaches it. The disk needs
 * no flush (cache=unsafe): an overlay that outlives a host crash is thrown away anyway.
 */
export function qemuArguments(config: QemuMachineConfig, accelerator: Accelerator, layout: MachineLayout): string[] {
  return [
    ...['-machine', 'pc', ...acceleratorFlags(accelerator)],
    ...['-smp', String(config.cpus), '-m', String(config.memory_mib)],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-drive', `file=${escapeComma(layout.overlay)},format=qcow2,if=none,id=disk,cache=unsafe,discard=unmap`],
    ...DISK_DEVICE[config.disk_bus],
    ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${layout.sshPort}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile='],
    ...['-device', 'virtio-rng-pci'],
    // Idle while rows are measured: its driver is loaded after a row (Guest.giveBack).
    ...['-device', 'virtio-balloon-pci,free-page-reporting=on'],
    ...['-chardev', `file,id=console,path=${escapeComma(layout.console)},append=on`, '-serial', 'chardev:console'],
    ...['-chardev', 'stdio,id=monitor,signal=off', '-mon', 'chardev=monitor,mode=control'],
    ...(layout.incoming === undefined ? [] : ['-incoming', `fd:${layout.incoming}`]),
  ];
}

/** QEMU's option syntax writes a comma in a value as two. */
function escapeComma(path: string): string {
  return path.replaceAll(',', ',,');
}
