/** Boots that never answer: what the console holds when they have stopped, and what the row is to say. */
export interface Death {
  name: string;
  /** Who prints it: file and version. */
  source: string;
  /** What goes before: a kernel has spoken, or not. */
  after: 'kernel' | 'loader' | 'firmware' | 'nothing';
  /** `\0` before a line: it has the kernel's stamp. The last line has no end. */
  lines: string[];
  reason: RegExp;
  /** Notices that belong to it. */
  class?: 'panic' | 'halted';
}

const kmsg = (text: string) => `\0${text}`;

export const DEATHS: Death[] = [
  {
    name: 'dracut finds no root',
    source: 'dracut 033 (EL7) modules.d/98systemd/dracut-emergency.sh',
    after: 'kernel',
    lines: [
      ...Array.from({ length: 20 }, () =>
        kmsg('dracut-initqueue[273]: Warning: dracut-initqueue timeout - starting timeout scripts'),
      ),
      kmsg('dracut-initqueue[273]: Warning: Could not boot.'),
      kmsg('dracut-initqueue[273]: Warning: /dev/disk/by-uuid/1b2c does not exist'),
      '         Starting Dracut Emergency Shell...',
      'Warning: /dev/disk/by-uuid/1b2c does not exist',
      'Generating "/run/initramfs/rdsosreport.txt"',
      'Entering emergency mode. Exit the shell to continue.',
      'dracut:/# ',
    ],
    reason: /dracut.*: Warning: \/dev\/disk\/by-uuid\/1b2c does not exist$/,
  },
  {
    name: 'dracut of later words',
    source: 'dracut 059 modules.d/99base/dracut-lib.sh',
    after: 'kernel',
    lines: [
      '[    \x1b[0;31m*\x1b[0;1;31m*\x1b[0m] A start job is running for /dev/mapper/root (1min 2s / no limit)',
      'Warning: /dev/mapper/root does not exist',
      '',
      'dracut:/# ',
    ],
    reason: /dracut.*\/dev\/mapper\/root does not exist/,
  },
  {
    name: 'dracut that may not ask',
    source: 'dracut 033 modules.d/99base/dracut-lib.sh, rd.shell=0',
    after: 'kernel',
    lines: [kmsg('dracut: FATAL: No or empty root= argument'), kmsg('dracut: Refusing to continue')],
    reason: /FATAL: No or empty root= argument/,
  },
  {
    name: 'initramfs-tools finds no root',
    source: 'initramfs-tools 0.142 scripts/local',
    after: 'kernel',
    lines: [
      'Begin: Waiting for root file system ... done.',
      'Gave up waiting for root file system device.  Common problems:',
      ' - Boot args (cat /proc/cmdline)',
      'ALERT!  UUID=6f96 does not exist.  Dropping to a shell!',
      '',
      'BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) built-in shell (ash)',
      '(initramfs) ',
    ],
    reason: /initramfs-tools' shell: ALERT! {1,2}UUID=6f96 does not exist/,
  },
  {
    name: 'initramfs-tools at its prompt',
    source: 'initramfs-tools 0.136 scripts/functions, break=mount',
    after: 'kernel',
    lines: ['Spawning shell within the initramfs', '(initramfs) '],
    reason: /initramfs-tools' shell/,
  },
  {
    name: 'systemd waits for root',
    source: 'systemd 219 (EL7) units/emergency.service.in',
    after: 'kernel',
    lines: [
      '[\x1b[0;1;31m TIME \x1b[0m] Timed out waiting for device dev-vdb.device.',
      '[\x1b[0;1;33mDEPEND\x1b[0m] Dependency failed for /data.',
      'Welcome to emergency mode! After logging in, type "journalctl -xb" to view',
      'Give root password for maintenance',
      '(or type Control-D to continue): ',
    ],
    reason: /emergency mode: Timed out waiting for device dev-vdb\.device/,
  },
  {
    name: 'systemd of later words',
    source: 'systemd 252 units/emergency.service.in, src/sulogin-shell',
    after: 'kernel',
    lines: [
      '[FAILED] Failed to mount data.mount - /data.',
      'You are in emergency mode. After logging in, type "journalctl -xb" to view',
      'Cannot open access to console, the root account is locked.',
      'Press Enter to continue.',
    ],
    reason: /emergency mode: Failed to mount data\.mount/,
  },
  {
    name: 'systemd that says so in the log only',
    source: 'systemd 255 units/emergency.target',
    after: 'kernel',
    lines: [
      kmsg('systemd[1]: Dependency failed for local-fs.target - Local File Systems.'),
      kmsg('systemd[1]: Reached target emergency.target - Emergency Mode.'),
    ],
    reason: /emergency mode: Dependency failed for local-fs\.target/,
  },
  {
    name: 'two programs that speak at once',
    source: 'systemd 241 units/emergency.service.in, src/sulogin-shell',
    after: 'kernel',
    lines: [
      '[FAILED] Failed to mount debug.mount - /debug.',
      'You are in emergGive root password for maintenance',
      '(or press Control-D to continue): ',
    ],
    reason: /shell for maintenance: Failed to mount debug\.mount/,
  },
  {
    name: 'initramfs-tools in two lines',
    source: 'initramfs-tools 0.92 scripts/local',
    after: 'kernel',
    lines: ['ALERT! /dev/disk/by-uuid/ed66 does not exist.', 'Dropping to a shell!', '(initramfs) '],
    reason: /ALERT! \/dev\/disk\/by-uuid\/ed66 does not exist/,
  },
  {
    name: 'a file system that wants a hand',
    source: 'sysvinit 2.96 checkroot.sh',
    after: 'kernel',
    lines: [
      'fsck died with exit status 4',
      'A maintenance shell will now be started.',
      'Give root password for maintenance',
      '(or press Control-D to continue): ',
    ],
    reason: /shell for maintenance/,
  },
  {
    name: 'systemd freezes',
    source: 'systemd 247 src/basic/process-util.c',
    after: 'kernel',
    lines: ['[!!!!!!] Failed to mount API filesystems.', kmsg('systemd[1]: Freezing execution.')],
    reason: /systemd has frozen: \[!!!!!!\] Failed to mount API filesystems/,
  },
  {
    name: 'systemd freezes in one line',
    source: 'systemd 219 src/core/main.c',
    after: 'kernel',
    lines: ['[!!!!!!] Failed to allocate manager object, freezing.'],
    reason: /systemd has frozen/,
  },
  {
    name: 'a halt',
    source: 'kernel/reboot.c of 6.1',
    after: 'kernel',
    lines: [kmsg('reboot: System halted')],
    reason: /stopped itself: reboot: System halted/,
    class: 'halted',
  },
  {
    name: 'a power off',
    source: 'kernel/reboot.c of 4.4',
    after: 'kernel',
    lines: [kmsg('reboot: Power down')],
    reason: /reboot: Power down/,
    class: 'halted',
  },
  {
    name: 'a halt of 3.10',
    source: 'kernel/sys.c of 3.10',
    after: 'kernel',
    lines: [kmsg('System halted.')],
    reason: /System halted\./,
    class: 'halted',
  },
  {
    name: 'a panic',
    source: 'kernel/panic.c',
    after: 'kernel',
    lines: [
      kmsg('Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100'),
      kmsg('---[ end Kernel panic - not syncing: Attempted to kill init! ]---'),
    ],
    reason: /^Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100$/,
    class: 'panic',
  },
  {
    name: 'a panic without root',
    source: 'init/do_mounts.c',
    after: 'kernel',
    lines: [kmsg('Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)')],
    reason: /unknown-block\(0,0\) \(its disk driver.*modules:.*disk_bus:/,
    class: 'panic',
  },
  {
    name: 'an early exception with a stamp',
    source: 'arch/x86/mm/extable.c of 4.7',
    after: 'kernel',
    lines: [kmsg('PANIC: early exception 0x0e IP 10:ffffffff81d5a0e8 error 0 cr2 0xffffffffff200048')],
    reason: /^PANIC: early exception/,
    class: 'panic',
  },
  {
    name: 'an early exception without one',
    source: 'arch/x86/kernel/head_64.S of 3.10',
    after: 'loader',
    lines: ['PANIC: early exception 0e rip 10:ffffffff81d5a0e8 error 0 cr2 ffffffffff200048'],
    reason: /^PANIC: early exception/,
    class: 'panic',
  },
  ...[
    'XZ-compressed data is corrupt',
    'ZSTD-compressed data is corrupt',
    'crc error',
    'Kernel is not a valid ELF file',
  ].map((complaint): Death => ({
    name: `the decompressor: ${complaint}`,
    source: 'arch/x86/boot/compressed/misc.c of 3.10 to 6.x, lib/decompress_*.c',
    after: 'loader',
    lines: ['', 'Decompressing Linux...', '', complaint, '', ' -- System halted'],
    reason: new RegExp(`cannot be unpacked: ${complaint}$`),
  })),
  {
    name: 'SeaBIOS without a disk',
    source: 'SeaBIOS 1.16 src/boot.c',
    after: 'firmware',
    lines: ['Booting from Hard Disk...', 'Boot failed: could not read the boot disk', '', 'No bootable device.'],
    reason: /no bootable device/,
  },
  {
    name: 'SeaBIOS that tries again',
    source: 'SeaBIOS 1.16 src/boot.c, boot-fail-wait',
    after: 'firmware',
    lines: ['No bootable device.  Retrying in 60 seconds.'],
    reason: /no bootable device/,
  },
  {
    name: 'OVMF without a disk',
    source: 'edk2 MdeModulePkg/Universal/BdsDxe',
    after: 'nothing',
    lines: [
      'BdsDxe: failed to load Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0): Not Found',
      'BdsDxe: No bootable option or device was found.',
      'BdsDxe: Press any key to enter the Boot Manager Menu.',
    ],
    reason: /no bootable device: BdsDxe: failed to load Boot0001/,
  },
  {
    name: "OVMF's shell",
    source: 'edk2 ShellPkg',
    after: 'nothing',
    lines: [
      'UEFI Interactive Shell v2.2',
      'EDK II',
      'Press ESC in 1 seconds to skip startup.nsh or any other key to continue.',
      'Shell> ',
    ],
    reason: /firmware's shell/,
  },
  {
    name: 'iPXE without a network',
    source: 'iPXE 1.21 src/usr/autoboot.c',
    after: 'firmware',
    lines: [
      'iPXE (http://ipxe.org) 00:03.0 C980 PCI2.10 PnP PMM',
      'Could not boot: Input/output error (http://ipxe.org/1d0c6139)',
      'No more network devices',
      '',
    ],
    reason: /No more network devices/,
  },
  {
    name: "iPXE's prompt",
    source: 'iPXE 1.21 src/hci/shell.c',
    after: 'firmware',
    lines: ['iPXE 1.21.1+ -- Open Source Network Boot Firmware -- http://ipxe.org', 'iPXE> '],
    reason: /firmware's shell/,
  },
  {
    name: 'VirtualBox without a disk',
    source: 'VirtualBox 6.1 BIOS',
    after: 'nothing',
    lines: ['FATAL: No bootable medium found! System halted.'],
    reason: /no bootable device/,
  },
  {
    name: "GRUB's prompt",
    source: 'GRUB 2.06 grub-core/normal/main.c',
    after: 'loader',
    lines: ['                             GNU GRUB  version 2.06', '', 'grub> '],
    reason: /stopped at its prompt/,
  },
  {
    name: "GRUB's rescue prompt",
    source: 'GRUB 2.02 grub-core/kern/rescue_reader.c',
    after: 'firmware',
    lines: [
      'GRUB loading..',
      'Welcome to GRUB!',
      '',
      'error: no such device: 6f96.',
      'Entering rescue mode...',
      'grub rescue> ',
    ],
    reason: /stopped at its prompt: error: no such device: 6f96\./,
  },
  {
    name: 'GRUB that finds no kernel',
    source: 'GRUB 2.06 grub-core/fs/fshelp.c',
    after: 'loader',
    lines: [
      "error: file `/boot/vmlinuz-6.1' not found.",
      'error: you need to load the kernel first.',
      '',
      'Press any key to continue...',
    ],
    reason: /waits for somebody.*: error: file `\/boot\/vmlinuz-6\.1' not found\./,
  },
  {
    name: 'GRUB back at its menu',
    source: 'GRUB 2.06 grub-core/normal/menu_text.c',
    after: 'loader',
    lines: [
      'error: invalid magic number.',
      'Press any key to continue...',
      '                             GNU GRUB  version 2.06',
      '      Use the ^ and v keys to select which entry is highlighted.',
    ],
    reason: /waits for somebody.*: error: invalid magic number/,
  },
  {
    name: 'the own guest without its root',
    source: 'src/machine/qemu/image/files/initramfs-init',
    after: 'kernel',
    lines: ['initramfs: the root file system /dev/vda1 was not found; block devices:', '8 0 sda'],
    reason: /^initramfs: the root file system \/dev\/vda1 was not found/,
  },
];
