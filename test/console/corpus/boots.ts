/** Healthy boots, put together from what each part of a machine says on a serial console. Texts of our own making, in real wordings. */

/** A kernel line of the corpus. */
export interface Kernel {
  /** `3.10`: as it is compared. */
  version: string;
  release: string;
  lines: string[];
  /** Its lines carry the thread that spoke: CONFIG_PRINTK_CALLER (since 5.1). */
  caller?: boolean;
  /** printk.time=0. */
  unstamped?: boolean;
}

export const FIRMWARE: Record<string, string[]> = {
  none: [],
  seabios: [
    'SeaBIOS (version 1.16.2-debian-1.16.2-1)',
    'Machine UUID 6f9619ff-8b86-d011-b42d-00c04fc964ff',
    'Booting from Hard Disk...',
  ],
  ovmf: [
    'UEFI firmware (version 2022.11-6 built at 12:00:00 on Mar  1 2023)',
    'BdsDxe: failed to load Boot0001 "UEFI QEMU DVD-ROM QM00003 " from PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x2,0xFFFF,0x0): Not Found',
    'BdsDxe: loading Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0)',
    'BdsDxe: starting Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0)',
  ],
  ipxe: [
    'SeaBIOS (version rel-1.16.3-0-ga6ed6b701f0a-prebuilt.qemu.org)',
    'iPXE (http://ipxe.org) 00:03.0 CA00 PCI2.10 PnP PMM+7EFD1C30+7EF31C30 CA00',
    'iPXE (http://ipxe.org) 00:04.0 CB00 PCI2.10 PnP PMM+7EFD1C30+7EF31C30 CB00',
    'Booting from ROM...',
    '\x1b[0;1miPXE 1.0.0+git-20190125.36a4c85-5.1\x1b[0m -- Open Source Network Boot Firmware -- \x1b[0;36mhttp',
    '://ipxe.org',
    'net0: 52:54:00:12:34:56 using virtio-net on 0000:00:03.0 (Ethernet) [open]',
    'Configuring (net0 52:54:00:12:34:56)...... No configuration methods succeeded (http://ipxe.org/040ee119)',
    'No more network devices',
    'Booting from Hard Disk...',
  ],
  coreboot: [
    'coreboot-4.19 Thu Jan  1 00:00:00 UTC 1970 bootblock starting',
    'WARNING: RO_VPD is uninitialized or empty.',
    'SeaBIOS (version rel-1.16.0)',
  ],
};

export const LOADER: Record<string, string[]> = {
  none: [],
  grub: ['GRUB loading..', 'Welcome to GRUB!', "\x1b[H\x1b[J\x1b[1;1H  Booting `Linux (boot)'", ''],
  'grub-complains': [
    'GRUB loading.',
    'error: no suitable video mode found.',
    "error: ../../grub-core/term/serial.c:278:serial port `com0' isn't found.",
    "error: terminal `serial' isn't found.",
    'Booting in blind mode',
  ],
  'grub-waits': [
    'Welcome to GRUB!',
    "error: file `/boot/grub/unicode.pf2' not found.",
    '',
    'Press any key to continue...',
    "  Booting `Debian GNU/Linux'",
    'Loading Linux ...',
    'Loading initial ramdisk ...',
  ],
  'grub-menu': [
    '                             GNU GRUB  version 2.02',
    '      Use the ^ and v keys to select which entry is highlighted.',
    '   The highlighted entry will be executed automatically in 5s.',
    "  Booting `CentOS Linux (3.10.0) 7 (Core)'",
  ],
  syslinux: [
    'SYSLINUX 6.04 EDD Copyright (C) 1994-2015 H. Peter Anvin et al',
    'boot: ',
    'Loading linux... ok',
    'Loading initrd.img...ok',
  ],
};

const version = (release: string, rest: string) => `Linux version ${release} (builder@build) ${rest}`;

export const KERNELS: Kernel[] = [
  {
    version: '3.10',
    release: '3.10.0-1160.el7.x86_64',
    lines: [
      version('3.10.0-1160.el7.x86_64', '(gcc version 4.8.5 20150623 (Red Hat 4.8.5-44) (GCC) ) #1 SMP'),
      'Command line: BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro console=ttyS0,115200n8 panic=10',
      'tsc: Fast TSC calibration failed',
      "Oops: efitime: can't read time!",
      'PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug',
      "acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended PCI configuration space under this bridge.",
      'end_request: I/O error, dev fd0, sector 0',
      'ERST: Error Record Serialization Table (ERST) support is initialized.',
      'Freeing unused kernel memory: 1876k freed',
    ],
  },
  {
    version: '4.4',
    release: '4.4.159-1.el7.elrepo.x86_64',
    lines: [
      version('4.4.159-1.el7.elrepo.x86_64', '(gcc version 4.8.5) #1 SMP'),
      'x86/fpu: Legacy x87 FPU detected.',
      'MCE: In-kernel MCE decoding enabled.',
      'mce: CPU supports 10 MCE banks',
      'blk_update_request: I/O error, dev fd0, sector 0',
      'floppy: error -5 while reading block 0',
      'random: nonblocking pool is initialized',
    ],
  },
  {
    version: '4.18',
    release: '4.18.12-1.el7.elrepo.x86_64',
    lines: [
      version('4.18.12-1.el7.elrepo.x86_64', '(gcc version 4.8.5) #1 SMP'),
      'print_req_error: I/O error, dev fd0, sector 0',
      'HEST: Table parsing has been initialized.',
      'EDAC MC: Ver: 3.0.0',
      'RAS: Correctable Errors collector initialized.',
      'i8042: probe of i8042 failed with error -5',
    ],
  },
  {
    version: '5.10',
    release: '5.10.0-46-cloud-amd64',
    lines: [
      version('5.10.0-46-cloud-amd64', '(gcc-10 (Debian 10.2.1-6)) #1 SMP'),
      'MDS: Vulnerable: Clear CPU buffers attempted, no microcode',
      'ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0.S08], AE_NOT_FOUND (20200925/dswload2-162)',
      'cfg80211: failed to load regulatory.db',
      'EXT4-fs (vda1): mounted filesystem with ordered data mode. Opts: errors=remount-ro',
    ],
  },
  {
    version: '6.1',
    release: '6.1.0-56-cloud-amd64',
    lines: [
      version('6.1.0-56-cloud-amd64', '(gcc-12 (Debian 12.2.0-14)) #1 SMP PREEMPT_DYNAMIC'),
      'RETBleed: WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks possible!',
      'kmemleak: Kernel memory leak detector initialized (mem pool available: 15681)',
      'kmemleak: Automatic memory scanning thread started',
      'BERT: Boot Error Record Table support is disabled. Enable it by using bert_enable as kernel parameter.',
      'Run /init as init process',
    ],
  },
  {
    version: '6.12',
    release: '6.12.117+deb12-cloud-amd64',
    caller: true,
    lines: [
      version('6.12.117+deb12-cloud-amd64', '(x86_64-linux-gnu-gcc-12) #1 SMP PREEMPT_DYNAMIC'),
      'workqueue: blk_mq_run_work_fn hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND',
      'workqueue: css_free_rwork_fn hogged CPU for >13333us 67 times, consider switching to WQ_UNBOUND',
      'clocksource: timekeeping watchdog on CPU0: Marking clocksource tsc as unstable because the skew is too large:',
      'GHES: APEI firmware first mode is enabled by APEI bit and WHEA _OSC.',
      'EXT4-fs (nvme0n1p1): mounted filesystem 6f9619ff r/w with ordered data mode. Quota mode: none.',
    ],
  },
  {
    version: '6.18',
    release: '6.18.15+deb13-cloud-amd64',
    lines: [
      version('6.18.15+deb13-cloud-amd64', '(x86_64-linux-gnu-gcc-14) #1 SMP PREEMPT_DYNAMIC'),
      'VMSCAPE: Mitigation: IBPB before exit to userspace',
      'cgroup: cgroup: disabling cgroup2 socket matching due to net_prio or net_cls activation',
      'nvme nvme0: 2/0/0 default/read/poll queues',
    ],
  },
  {
    version: '7.1',
    release: '7.1.13+deb13-cloud-amd64',
    caller: true,
    lines: [
      version('7.1.13+deb13-cloud-amd64', '(x86_64-linux-gnu-gcc-15) #1 SMP PREEMPT_DYNAMIC'),
      'ITS: Mitigation: Aligned branch/return thunks',
      'Memory: 3006720K/3145188K available (16384K kernel code, 2508K rwdata)',
    ],
  },
  {
    version: '4.19',
    release: '4.19.0-27-amd64',
    unstamped: true,
    lines: [
      version('4.19.0-27-amd64', '(gcc version 8.3.0) #1 SMP'),
      'Console: colour VGA+ 80x25',
      'random: crng init done',
    ],
  },
];

/** Lines that begin with `kmsg ` stand in the kernel's log, so they have a stamp. */
export const USERLAND: Record<string, string[]> = {
  none: [],
  sysvinit: [
    'INIT: version 3.06 booting',
    'Using makefile-style concurrent boot in runlevel S.',
    '[FAIL] Failed to start a thing nobody needs ... failed!',
    'WARNING: Failed to connect to lvmetad. Falling back to device scanning.',
    'error: "net.bridge.bridge-nf-call-iptables" is an unknown key',
    'INIT: Entering runlevel: 2',
    'WARNING: /etc/ssh/moduli does not exist, using fixed modulus',
    'kernel-matrix: 6.1.0-56-cloud-amd64 is up',
  ],
  systemd: [
    'kmsg systemd[1]: Running in initial RAM disk.',
    "kmsg systemd[1]: Failed to insert module 'kdbus': Function not implemented",
    '[\x1b[0;32m  OK  \x1b[0m] Reached target Local File Systems.',
    '[\x1b[0;1;31mFAILED\x1b[0m] Failed to start Crash recovery kernel arming.',
    "See 'systemctl status kdump.service' for details.",
    '[ ***  ] A start job is running for Docker Application Container Engine (12s / 1min 30s)',
    '[\x1b[0;32m  OK  \x1b[0m] Reached target Multi-User System.',
    'localhost login: ',
    "error: permission denied on key 'vm.overcommit_memory'",
  ],
  dracut: [
    'kmsg dracut-initqueue[273]: Warning: dracut-initqueue timeout - starting timeout scripts',
    'kmsg dracut-initqueue[273]: Warning: dracut-initqueue timeout - starting timeout scripts',
    'kmsg dracut-mount[301]: fsck: /dev/vda1: clean',
    '[  OK  ] Started dracut pre-pivot and cleanup hook.',
    '[  OK  ] Reached target Multi-User System.',
  ],
  'initramfs-tools': [
    'Loading, please wait...',
    'Begin: Running /scripts/init-premount ... done.',
    'Begin: Waiting for root file system ... Begin: Running /scripts/local-block ... done.',
    'done.',
    '/dev/vda1: recovering journal',
    'kernel-matrix: 6.1.0-56-cloud-amd64 is up',
  ],
  busybox: [
    "can't run '/etc/init.d/rcS': No such file or directory",
    '',
    'Please press Enter to activate this console. ',
    'buildroot login: ',
  ],
  docker: [
    'kernel-matrix: 6.1.0-56-cloud-amd64 is up',
    'time="2026-11-26T10:00:00Z" level=warning msg="WARNING: No swap limit support"',
    'BUG: the test program says so itself',
    'Oops: something went wrong in a container',
    'WARNING: IPv4 forwarding is disabled. Networking will not work.',
    'kernel BUG',
    'Kernel panic - not syncing: is what a container printed',
    'Linux version 6.1.0-56-cloud-amd64 (a container shows /proc/version)',
    'Entering emergency mode. Exit the shell to continue.',
    'error: something failed',
    'No bootable device.',
  ],
};

/** How the lines of one boot are put on the console. */
export interface Console {
  /** Seconds at which the next kernel line is said. */
  at: number;
  lines: string[];
}

export function stamped(kernel: Kernel, at: number, text: string): string {
  if (kernel.unstamped) return text;
  const stamp = `[${at.toFixed(6).padStart(12)}]`;
  return kernel.caller ? `${stamp}[${(at > 1 ? 'C0' : 'T1').padStart(6)}] ${text}` : `${stamp} ${text}`;
}

/** A boot up to the point where its userland has come up. */
export function boot(firmware: string, loader: string, kernel: Kernel, userland: string): Console {
  const lines = [...FIRMWARE[firmware]!, ...LOADER[loader]!];
  let at = 0;
  for (const line of kernel.lines) {
    lines.push(stamped(kernel, at, line));
    at += 0.137;
  }
  for (const line of USERLAND[userland]!) {
    const said = line.startsWith('kmsg ');
    if (said && kernel.unstamped) continue;
    lines.push(said ? stamped(kernel, at, line.slice(5)) : line);
    at += 1.5;
  }
  return { at, lines };
}
