import { describe, expect, it } from 'vitest';
import {
  entryId,
  grubConfig,
  kernelCommandLine,
  menuEntry,
  type MenuKernel,
} from '../../../src/provider/qemu/image/menu.js';

const kernel = (name: string, more: Partial<MenuKernel> = {}): MenuKernel => ({
  name,
  release: `${name}.0-amd64`,
  cgroup: 'v1',
  cmdline: [],
  initramfs: false,
  ...more,
});

/** The entries of a grub.cfg: id → lines of its body. */
function entriesOf(config: string): Map<string, string[]> {
  const found = [...config.matchAll(/^menuentry '[^']*' --id '([^']*)' \{\n([\s\S]*?)^\}$/gm)];
  return new Map(found.map(([, id, body]) => [id!, body!.split('\n').filter((line) => line !== '')]));
}

describe('entryId', () => {
  it('begins with a letter, for GRUB takes a saved entry that begins with a digit for a number', () => {
    expect(entryId('6.1')).toMatch(/^[a-z]/);
    expect(entryId('6.1')).not.toBe(entryId('6.12'));
  });
});

describe('kernelCommandLine', () => {
  it('names the entry it was booted through and the hierarchy to mount', () => {
    const words = kernelCommandLine(kernel('6.1', { cgroup: 'v2' }), 'nvme').split(' ');
    expect(words).toContain(`km.entry=${entryId('6.1')}`);
    expect(words).toContain('km.cgroup=v2');
  });

  it.each([
    ['nvme', '/dev/nvme0n1p1'],
    ['virtio', '/dev/vda1'],
    ['sata', '/dev/sda1'],
  ] as const)('finds the root on %s', (bus, device) => {
    expect(kernelCommandLine(kernel('6.1'), bus).split(' ')).toContain(`root=${device}`);
  });

  it('ends with the words of the row, so that they win', () => {
    expect(kernelCommandLine(kernel('6.1', { cmdline: ['cgroup_enable=memory', 'quiet'] }), 'nvme')).toMatch(
      / cgroup_enable=memory quiet$/,
    );
  });
});

describe('grubConfig', () => {
  const config = grubConfig(
    [kernel('boot'), kernel('6.1', { initramfs: true })].map((each) => menuEntry(each, 'virtio')),
  );
  const entries = entriesOf(config);

  it('has an entry for each kernel, with its own files', () => {
    expect([...entries.keys()]).toEqual([entryId('boot'), entryId('6.1')]);
    expect(entries.get(entryId('6.1'))?.[0]).toContain('linux /boot/kernels/6.1/vmlinuz root=/dev/vda1');
  });

  it('has an initrd line only for a kernel with an initramfs', () => {
    const initrds = (name: string) => entries.get(entryId(name))?.filter((line) => /^\s*initrd /.test(line));
    expect(initrds('boot')).toEqual([]);
    expect(initrds('6.1')).toEqual(['  initrd /boot/kernels/6.1/initrd']);
  });

  it('boots the saved entry at once', () => {
    expect(config).toContain('set timeout=0\n');
    expect(config.indexOf('load_env')).toBeLessThan(config.indexOf('set default="${saved_entry}"'));
  });
});
