import { describe, expect, it } from 'vitest';
import type { QemuMachineConfig } from '../../../src/provider/qemu/config.js';
import { qemuArguments } from '../../../src/provider/qemu/command-line.js';

const config: QemuMachineConfig = {
  provider: 'qemu',
  cpus: 3,
  memory_mib: 3072,
  disk_bus: 'nvme',
  accelerator: 'auto',
};
const layout = { overlay: '/c/disk.qcow2', console: '/r/console.log', sshPort: 2299 };

/** The value that follows an option. */
function values(args: string[], option: string): string[] {
  return args.flatMap((each, index) => (each === option ? [args[index + 1] ?? ''] : []));
}

describe('qemuArguments', () => {
  const args = qemuArguments(config, 'tcg', layout);

  it('forwards SSH from 127.0.0.1 only, and lets the guest reach nothing', () => {
    const [net, ...more] = values(args, '-netdev');
    expect(more).toEqual([]);
    const options = net?.split(',') ?? [];
    expect(options).toContain('restrict=on');
    expect(options.filter((option) => option.startsWith('hostfwd='))).toEqual(['hostfwd=tcp:127.0.0.1:2299-:22']);
  });

  it('gives the machine what the profile says', () => {
    expect(values(args, '-smp')).toEqual(['3']);
    expect(values(args, '-m')).toEqual(['3072']);
  });

  it('takes no device and no configuration that is not asked for', () => {
    expect(args).toContain('-nodefaults');
    expect(args).toContain('-no-user-config');
  });

  it.each([
    ['nvme', 'nvme,'],
    ['virtio', 'virtio-blk-pci,'],
    ['sata', 'ide-hd,'],
  ] as const)('puts the disk on %s', (disk_bus, device) => {
    const devices = values(qemuArguments({ ...config, disk_bus }, 'tcg', layout), '-device');
    expect(devices.filter((each) => each.includes('drive=disk')).map((each) => each.startsWith(device))).toEqual([
      true,
    ]);
  });

  it('lets the guest report free memory', () => {
    expect(values(args, '-device')).toContain('virtio-balloon-pci,free-page-reporting=on');
  });

  it('takes the accelerator that was chosen', () => {
    expect(values(args, '-accel')[0]).toMatch(/^tcg\b/);
    expect(values(qemuArguments(config, 'kvm', layout), '-accel')).toEqual(['kvm']);
  });

  it('doubles commas in paths, where one would begin another option', () => {
    const odd = qemuArguments(config, 'tcg', { overlay: '/a,b/disk', console: '/r,s,t/console', sshPort: 1 });
    expect(values(odd, '-drive')[0]).toContain('file=/a,,b/disk,format=qcow2');
    expect(values(odd, '-chardev')[0]).toContain('path=/r,,s,,t/console,append=on');
  });
});
