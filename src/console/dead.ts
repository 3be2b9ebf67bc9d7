import type { ConsoleClass } from './finding.js';
import type { Message } from './messages.js';
import type { Phase } from './speaker.js';

/** Whose sign it is: it counts only in the phases in which they speak. */
type Who = 'kernel' | 'firmware' | 'loader' | 'userland';

/** What a line says of how far a boot can get. */
interface End {
  who: Who;
  pattern: RegExp;
  /** Seconds in which nothing may follow; left out if the line alone is enough. */
  silence?: number;
  /** In words, without the cause. */
  says: (line: string) => string;
  /** What told why: an earlier line of the same speaker if left out. */
  cause?: 'none' | 'itself' | 'before';
  /** Without an earlier complaint it is no end: a menu may count down. */
  needsCause?: true;
  /** `no-boot` if left out. */
  class?: DeadEnd['class'];
}

/** A boot that has ended. */
export interface DeadEnd {
  class: Extract<ConsoleClass, 'panic' | 'no-boot' | 'halted'>;
  /** The line that shows it. */
  line: string;
  /** What led to it, by an earlier line; null if none told. */
  cause: string | null;
  /** Both, as a reason. */
  reason: string;
}

/** A prompt at which nothing is typed, and text that is half printed: so long it may be that more follows, in seconds. */
const AT_PROMPT = 1;
/** A firmware's shell runs a script after 5 s, and other firmware tries the next device. */
const AT_FIRMWARE = 10;
/** `Press any key to continue...` of GRUB ends by itself after 10 s (grub_wait_after_message, normal/main.c of 2.06). */
const AT_KEY = 20;

const WHEN: Record<Who, readonly Phase[]> = {
  firmware: ['before', 'firmware', 'loader'],
  loader: ['before', 'firmware', 'loader'],
  // A kernel that says nothing (`quiet`) leaves the boot loader's words as the last.
  userland: ['before', 'firmware', 'loader', 'kernel'],
  kernel: ['before', 'firmware', 'loader', 'kernel', 'up'],
};

const line = (text: string): string => text;
const stopped = (where: string) => () => `the boot stopped at ${where}`;
const nothingToBoot = (): string => 'the firmware found no bootable device';
const prompt = (): string => 'the boot loader stopped at its prompt';

/** The first that fits decides. Where each is printed stands beside it. No pattern takes longer than linear time. */
const ENDS: readonly End[] = [
  // kernel/panic.c, in words that stand behind nothing else but, in old kernels, half a line.
  {
    who: 'kernel',
    class: 'panic',
    pattern: /^(?!---\[ end ).*Kernel panic - not syncing/,
    cause: 'none',
    says: (text) => text.slice(text.indexOf('Kernel panic')),
  },
  // early_fixup_exception of arch/x86/mm/extable.c, before 4.7 head_64.S; early_printk stamps nothing.
  { who: 'userland', class: 'panic', pattern: /^PANIC: (?:early exception|double fault)/, cause: 'none', says: line },
  // kernel/reboot.c; 3.10 kernel/sys.c without `reboot: `.
  {
    who: 'kernel',
    class: 'halted',
    pattern: /^(?:reboot: )?(?:System halted|Power down|Power off not available: System halted instead)\.?$/,
    cause: 'none',
    says: (text) => `the guest has stopped itself: ${text}`,
  },
  // arch/x86/boot/compressed/misc.c, error(): the complaint stands on the line before, and this one has no end.
  {
    who: 'loader',
    pattern: /^-- System halted$/,
    silence: AT_PROMPT,
    cause: 'before',
    says: () => 'the kernel cannot be unpacked',
  },
  // This program's own guest: image/files.
  { who: 'userland', pattern: /^initramfs: the root file system .{0,200} was not found/, cause: 'none', says: line },
  { who: 'userland', pattern: /^kernel-matrix: no keys were found on /, cause: 'none', says: line },
  // SeaBIOS src/boot.c, VirtualBox's and Bochs' BIOS; OVMF's UefiBootManagerLib.
  {
    who: 'firmware',
    pattern: /^(?:No bootable device|FATAL: No bootable medium found|FATAL: INT18: BOOT FAILURE)/,
    says: nothingToBoot,
  },
  { who: 'firmware', pattern: /^BdsDxe: No bootable option or device was found/, says: nothingToBoot },
  // Boot sectors, and iPXE's src/usr/autoboot.c: the firmware may go on to the next device.
  {
    who: 'firmware',
    pattern:
      /^(?:Missing operating system|Operating system not found|No operating system|Non-System disk|No more network devices|No boot device found|Reboot and Select proper Boot device|or Insert Boot Media in selected Boot device|Boot failed: (?:not a bootable disk|press a key to retry))/i,
    silence: AT_FIRMWARE,
    says: (text) => `the firmware found nothing to boot: ${text}`,
  },
  {
    who: 'firmware',
    pattern: /^(?:Shell|FS\d{1,2}:\\?|iPXE)> ?$/,
    silence: AT_FIRMWARE,
    says: stopped("the firmware's shell"),
  },
  // GRUB boot/i386/pc/boot.S and diskboot.S, which print behind `GRUB `; the first stages of GRUB 0.97.
  {
    who: 'loader',
    pattern: /^(?:GRUB )?(?:loading)?\.{0,3} ?(?:Geom|Hard Disk|Floppy|Read) Error$|^(?:GRUB )?Error \d{1,2}$/,
    silence: AT_PROMPT,
    says: (text) => `the boot loader cannot load itself: ${text}`,
  },
  // arch/x86/boot/main.c: nothing is printed after it.
  {
    who: 'loader',
    pattern: /^Unable to boot - please use a kernel appropriate for your CPU/,
    cause: 'before',
    says: () => 'the kernel is for another processor',
  },
  // GRUB kern/rescue_reader.c and normal/main.c; syslinux core/ui.inc.
  { who: 'loader', pattern: /^(?:grub|grub rescue)> ?$/, silence: AT_PROMPT, says: prompt },
  { who: 'loader', pattern: /^boot: ?$/, silence: AT_KEY, says: prompt },
  {
    who: 'loader',
    pattern:
      /^(?!.*executed automatically)(?:Press any key to continue|.*(?:keys to select which entry|to boot the selected OS|`c' for a command-line)|previous menu\.)/,
    silence: AT_KEY,
    needsCause: true,
    says: () => 'the boot loader waits for somebody at its menu',
  },
  // dracut modules.d/98dracut-systemd/dracut-emergency.sh, 99base/dracut-lib.sh; its hooks are the names of its prompts.
  {
    who: 'userland',
    pattern: /^(?:Entering emergency mode\. Exit the shell to continue|dracut: Refusing to continue)/,
    says: stopped("dracut's emergency shell"),
  },
  {
    who: 'userland',
    pattern: /^(?:dracut|switch_root|initqueue|cmdline|mount|cleanup|pre-\w{1,20}):\/\S{0,40}# ?$/,
    silence: AT_PROMPT,
    says: stopped("dracut's emergency shell"),
  },
  // initramfs-tools scripts/functions, panic(), and scripts/local.
  {
    who: 'userland',
    pattern: /^ALERT! .{0,300}does not exist\b/i,
    cause: 'itself',
    says: stopped("initramfs-tools' shell"),
  },
  { who: 'userland', pattern: /^Rebooting automatically due to panic= boot argument/, says: stopped('the initramfs') },
  { who: 'userland', pattern: /^\(initramfs\) ?$/, silence: AT_PROMPT, says: stopped("initramfs-tools' shell") },
  // mkinitcpio's init_functions, Alpine's initramfs-init, NixOS' stage-1-init.sh.
  {
    who: 'userland',
    pattern:
      /^(?:You are now being dropped into an emergency shell|initramfs emergency recovery shell launched|An error occurred in stage 1 of the boot process)/,
    says: stopped('a shell of the initramfs'),
  },
  // systemd units/emergency.service.in and src/sulogin-shell; sysvinit's and util-linux' sulogin.
  {
    who: 'userland',
    pattern:
      /^(?:\[ {0,3}OK {0,3}\] )?(?:systemd\[1\]: )?(?:Started (?:emergency\.service - |rescue\.service - )?(?:Emergency|Rescue) Shell|Reached target .{0,40}(?:Emergency|Rescue) Mode)/,
    says: stopped("systemd's emergency mode"),
  },
  {
    who: 'userland',
    pattern: /^(?:Welcome to|You are in) (?:emergency|rescue) mode/,
    says: stopped("systemd's emergency mode"),
  },
  {
    who: 'userland',
    pattern:
      /Give root password for (?:system )?(?:maintenance|login)|^\(or (?:type|press) Control-D to continue\)|^(?:Press Enter for (?:system )?maintenance|Cannot open access to console, the root account is locked|sulogin: root account is locked)/,
    says: stopped('a shell for maintenance'),
  },
  // systemd src/basic/process-util.c, freeze(), and src/core/main.c.
  {
    who: 'userland',
    pattern: /^(?:systemd\[1\]: )?(?:\[!!!!!!\] .{0,400}, freezing|Freezing execution)\.?$/,
    says: () => 'systemd has frozen',
  },
];

/** What goes before an end and tells why. Of each kind the first of a boot is kept; the best explanation stands first. */
const CAUSES: readonly { kind: string; who: Who; pattern: RegExp }[] = [
  { kind: 'loader', who: 'loader', pattern: /^(?:error: |Error \d{1,3}: )/ },
  { kind: 'firmware', who: 'firmware', pattern: /^(?:BdsDxe: failed to load Boot|Could not boot|Boot failed: )/ },
  // `Warning: Could not boot.` says nothing; what does not exist follows it.
  { kind: 'missing', who: 'userland', pattern: /^(?:Warning: )?\S{1,200} does not exist$|^ALERT! / },
  { kind: 'frozen', who: 'userland', pattern: /^(?:\[!!!!!!\] |Caught <\w{1,20}>)/ },
  {
    kind: 'mount',
    who: 'userland',
    pattern:
      /^(?:Timed out waiting for device |Failed to (?:mount |start (?:File System Check|Remount|Switch Root))|mount: .{0,200}(?:failed|wrong fs type|can't find))/,
  },
  {
    kind: 'dracut',
    who: 'userland',
    pattern: /^(?:FATAL: |Warning: (?!Could not boot|dracut-initqueue|Not all disks))/,
  },
  { kind: 'unit', who: 'userland', pattern: /^(?:Dependency failed for |Failed to |ERROR: )/ },
];
/** What stands before such a line and is not the speaker's: `[FAILED] `, `systemd[1]: `, `dracut-initqueue[273]: `. */
const PREFIX = /^(?:\[ {0,2}[A-Z]{2,6} {0,2}\] |(?:systemd|dracut[\w-]{0,30})(?:\[\d{1,8}\])?:? )/;
const LONGEST_CAUSE = 400;

/** Looks for what means that this boot will never answer, in the words of whoever speaks. */
export class DeadEnds {
  /** A line after which nothing may follow. */
  private waiting: { end: End; line: string } | null = null;
  private causes = new Map<string, string>();
  /** The line before, as the decompressor tells its cause. */
  private before: string | null = null;

  /** Another boot: what went wrong in the one before is no cause. */
  restart(): void {
    this.waiting = null;
    this.causes.clear();
    this.before = null;
  }

  /** @param kernel whether it is the kernel's own. @returns the end that the message shows by itself. */
  read({ text }: Message, kernel: boolean, phase: Phase): DeadEnd | null {
    this.waiting = null;
    const end = endOf(text, phase, kernel);
    if (end && end.silence === undefined) return this.dead(end, text);
    if (end) this.waiting = { end, line: text };
    else this.remember(text, phase);
    return null;
  }

  /**
   * Nothing has come for some time.
   * @param half what stands on the last line, which has no end.
   */
  quiet(half: string, seconds: number, phase: Phase): DeadEnd | null {
    const end = half === '' ? null : endOf(half, phase, false);
    const waiting = half === '' ? this.waiting : end && { end, line: half };
    if (waiting === null || seconds < (waiting.end.silence ?? 0)) return null;
    const dead = this.dead(waiting.end, waiting.line);
    return waiting.end.needsCause && dead.cause === null ? null : dead;
  }

  /** What the boot loader, the firmware or the initramfs complained of, for a boot that is given up for another reason. */
  complaint(): string | null {
    return this.causes.values().next().value ?? null;
  }

  private remember(text: string, phase: Phase): void {
    const said = text.slice(0, LONGEST_CAUSE).replace(PREFIX, '');
    this.before = said;
    for (const { kind, who, pattern } of CAUSES) {
      if (this.causes.has(kind) || !WHEN[who].includes(phase) || !pattern.test(said)) continue;
      this.causes.set(kind, said);
      return;
    }
  }

  private dead(end: End, text: string): DeadEnd {
    const cause = this.causeOf(end, text);
    const said = end.says(text);
    return {
      class: end.class ?? 'no-boot',
      line: text,
      cause,
      reason: (cause === null ? said : `${said}: ${cause}`) + hint(said),
    };
  }

  private causeOf(end: End, text: string): string | null {
    if (end.cause === 'none') return null;
    if (end.cause === 'itself') return text;
    if (end.cause === 'before') return this.before;
    const kinds = CAUSES.filter(({ who }) => who === end.who);
    return kinds.map(({ kind }) => this.causes.get(kind)).find((each) => each !== undefined) ?? null;
  }
}

function endOf(text: string, phase: Phase, kernel: boolean): End | null {
  for (const end of ENDS) {
    if (end.who === 'kernel' && !kernel) continue;
    if (WHEN[end.who].includes(phase) && end.pattern.test(text)) return end;
  }
  return null;
}

function hint(text: string): string {
  return /unable to mount root fs/i.test(text)
    ? ' (its disk driver or ext4 is not built in: give modules:, or set disk_bus: to a bus the kernel has)'
    : '';
}
