import { describe, expect, it } from 'vitest';
import { fatalSign, findingsIn } from '../../src/console/reader.js';

const KERNEL = '[    0.000000] Linux version 4.18.12 (builder) (gcc) #1 SMP\n';

describe('a wording of some versions only', () => {
  it.each([
    ['slab-failure', 'SLAB: Unable to allocate memory on node 0 (gfp=0xd0)'],
    [
      'page-allocation-failure',
      'dockerd: vmalloc error: size 8192, vm_struct allocation failed, mode:0xcc0(GFP_KERNEL)',
    ],
    ['page-allocation-failure', 'dockerd: vmalloc size 4096 allocation failure: page order 0, mode:0xcc2'],
    ['page-allocation-failure', 'percpu: allocation failed, size=8 align=8 atomic=0, alloc from reserved chunk failed'],
    ['page-allocation-failure', 'PERCPU: allocation failed, size=256 align=256, failed to allocate new chunk'],
    ['oops', 'traps: PANIC: double fault, error_code: 0x0'],
    ['file-system-error', 'EXT4-fs (vda1): This should not happen!! Data will be lost'],
    [
      'file-system-error',
      'EXT4-fs (vda1): Delayed block allocation failed for inode 12 at logical offset 0 with max blocks 1 with error 28',
    ],
    ['file-system-error', 'JBD2: I/O error when updating journal superblock for vda1-8.'],
    ['file-system-error', 'XFS (vda1): Log I/O Error (0x2) detected at xlog_ioend_work+0x1/0x2 [xfs]'],
    ['file-system-error', 'XFS (vda1): failed to read root inode'],
    ['file-system-error', 'XFS: Assertion failed: 0, file: fs/xfs/xfs_super.c, line: 1'],
    [
      'file-system-error',
      'BTRFS: error (device vda1: state A) in cleanup_transaction:1977: errno=-30 Readonly filesystem',
    ],
    ['file-system-error', 'BTRFS: Transaction aborted (error -28)'],
    [
      'file-system-error',
      'BTRFS warning (device vda1): csum failed root 5 ino 1 off 0 csum 0x1 expected csum 0x2 mirror 1',
    ],
    ['file-system-error', 'BTRFS info (device vda1): forced readonly'],
    ['io-error', 'sd 0:0:0:0: rejecting I/O to offline device'],
    ['io-error', 'ata1.00: exception Emask 0x0 SAct 0x1 SErr 0x0 action 0x6 frozen'],
    ['io-error', 'reservation conflict error, dev sda, sector 1'],
    ['hardware-error', 'nvme 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer'],
    ['hardware-error', 'mce: CPU2: Package temperature is above threshold, cpu clock is throttled (total events = 12)'],
    ['network-device', 'virtio_net virtio0 eth0: NETDEV WATCHDOG: CPU: 1: transmit queue 0 timed out 5012 ms'],
  ])('%s: %s', (name, line) => {
    const found = findingsIn(`${KERNEL}[  100.000000] ${line}\n[  200.000000] eth0: link up\n`);
    expect(found.map((each) => [each.class, each.line])).toEqual([[name, line]]);
  });

  it.each([
    'BTRFS info (device vda1): disk space caching is enabled',
    'traps: app[12] general protection fault ip:1 sp:2 error:0',
  ])('nothing serious: %s', (line) => {
    const found = findingsIn(`${KERNEL}[  100.000000] ${line}\n`);
    expect(found.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  });
});

describe('a boot that stops before a kernel or in an initramfs', () => {
  it.each([
    ['Booting from Hard Disk...\nGRUB Hard Disk Error', 'GRUB Hard Disk Error'],
    ['SeaBIOS (version 1.16.2)\nGRUB Geom Error\n', 'GRUB Geom Error'],
    ['GRUB loading, please wait...\nError 17\n', 'Error 17'],
    [
      'Reboot and Select proper Boot device\nor Insert Boot Media in selected Boot device and press a key\n',
      'nothing to boot',
    ],
    ['Boot failed: press a key to retry, or wait for reset...\n', 'nothing to boot'],
    [
      'This kernel requires an x86-64 CPU, but only detected an i686 CPU.\nUnable to boot - please use a kernel appropriate for your CPU.\n',
      'only detected an i686 CPU',
    ],
    [`${KERNEL}An error occurred in stage 1 of the boot process, which must mount the\n`, 'a shell of the initramfs'],
  ])('%j', (text, reason) => {
    expect(fatalSign(text)).toContain(reason);
  });

  it('goes on after a complaint of the loader that a kernel follows', () => {
    expect(fatalSign(`GRUB loading.\nError 17\n${KERNEL}[    1.000000] Run /init as init process\n`)).toBeNull();
  });
});
