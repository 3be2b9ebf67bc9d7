import { describe, expect, it } from 'vitest';
import { fatalSign } from '../../src/console/reader.js';

const BOOT = [
  'SeaBIOS (version 1.16.2-debian-1.16.2-1)\r',
  'Booting from Hard Disk...\r',
  '[    0.000000] Linux version 5.10.0-46-amd64 (debian-kernel@lists.debian.org)\r',
  '[    0.000000] Kernel command line: root=/dev/nvme0n1p1 panic=10 km.entry=k-5.10\r',
  '[    0.912345] ERST DBG: ERST support is initialized, error: none\r',
  'initramfs: /modules/nvme.ko was not loaded\r',
  'dockerd: level=error msg="failed to load plugin"\r',
].join('\n');

describe('a boot', () => {
  it('is not dead for what is said in another phase than its own', () => {
    expect(fatalSign(BOOT)).toBeNull();
    expect(fatalSign(`${BOOT}\nerror: permission denied\r\nPress any key to continue...\r\n`)).toBeNull();
    expect(fatalSign(`${BOOT}\ngrub> `)).toBeNull();
    expect(fatalSign(`${BOOT}\nNo bootable device.\r\n`)).toBeNull();
    expect(fatalSign(`${BOOT}\nKernel panic - not syncing: says a program\r\n`)).toBeNull();
    expect(fatalSign(`${BOOT}\nkernel-matrix: 5.10.0 is up\r\n(initramfs) `)).toBeNull();
  });

  it.each([
    'error: no suitable video mode found.\r\nBooting in blind mode\r\n',
    "error: ../../grub-core/term/serial.c:278:serial port `auto' isn't found.\r\n",
    "error: file `/boot/grub/unicode.pf2' not found.\r\n\r\nPress any key to continue...\r\n  Booting `Linux'\r\n",
    'grub> set root=(hd0)\r\n',
    'grub-set-default k-6.1\r\n',
    'error: x\r\n   Use the ^ and v keys to select which entry is highlighted.\r\n   previous menu.   The highlighted entry will be executed automatically in 5s.',
  ])('is not dead where GRUB goes on: %j', (text) => {
    expect(fatalSign(text)).toBeNull();
    expect(fatalSign(`${text}[    0.000000] Linux version 6.1.0 (a)\r\n[    1.000000] up\r\n`)).toBeNull();
  });

  it('is, without keys on its disk: nobody will reach it', () => {
    const line = 'kernel-matrix: no keys were found on /dev/vda, so sshd cannot start';
    expect(fatalSign(`${BOOT}\n${line}\r\n`)).toBe(line);
  });

  it('is told by what went wrong in it, not in the one before', () => {
    const grub = "error: no such device: 6f96.\r\n  Booting `Linux'\r\n";
    const linux = '[    0.000000] Linux version 6.1.0 (a)\r\n[    1.000000] reboot: Restarting system\r\n';
    expect(fatalSign(`${grub}${linux}\r\ngrub> `)).toBe('the boot loader stopped at its prompt');
  });
});
