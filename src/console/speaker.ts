import type { Message } from './messages.js';

/**
 * Where a boot is, by what the console shows. `before`: nothing is known, or the machine is on its way down. `up`: people or SSH
 * can log in, so nothing that a program prints means any more that this boot has failed.
 */
export type Phase = 'before' | 'firmware' | 'loader' | 'kernel' | 'up';

/** SeaBIOS src/misc.c and boot.c, OVMF's BdsDxe (UefiBootManagerLib), iPXE src/usr/autoboot.c: what each begins with. */
const FIRMWARE =
  /^(?:SeaBIOS \(version |UEFI firmware \(version |BdsDxe: (?:loading|starting|failed to load) Boot|coreboot-\d|U-Boot \d|iPXE (?:\(http|\d+\.\d)|gPXE )/;
/** Of these a start prints one; of iPXE each network card does, and OVMF may try several entries, each once. */
const FIRMWARE_STARTS = /^(?:SeaBIOS|UEFI firmware|coreboot|U-Boot|BdsDxe: starting Boot\w{1,8})/;
/** Firmware that goes on to the next device says so again and again: these say where it is, and count no start. */
const FIRMWARE_GOES_ON =
  /^(?:Booting from (?:Hard Disk|Floppy|DVD|ROM|\w[\w :.-]{0,40}\.\.\.)|UEFI Interactive Shell|>>Start PXE)/;
/** GRUB normal/menu.c `Booting \`…'`, boot/i386/pc/boot.S; syslinux core/. */
const LOADER_BOOTS = /^ *(?:Booting `|Booting a command list)/;
const LOADER =
  /^(?:GRUB loading|Welcome to GRUB|GNU GRUB +version|(?:SYS|ISO|EXT|PXE)LINUX \d|Loading (?:Linux|initial ramdisk) |boot:)/;
const VERSION = /^Linux version (\d\S*)/;
/** The guest's own (image/files/boot), getty, and systemd's job that is over last. */
const UP =
  /^kernel-matrix: \S+ is up$|\blogin: ?$|Reached target .{0,40}(?:Multi-User|Graphical)|^(?:systemd\[1\]: )?Startup finished in /i;
const GOES_DOWN = /^(?:reboot: )?Restarting system|^kernel-matrix reboots/;
/** A program that writes into the kernel's log: its line has a stamp and is not the kernel's. */
const PROGRAM = /^[\w.@():\\-]{1,200}\[\d{1,10}\]: /;

/** Bounds of what is remembered of starts: a menu has no more entries than this. */
const MOST_TRACES = 64;
const LONGEST_TRACE = 100;

/** Follows who speaks on a console, in which phase of a boot, and how often a machine has started. */
export class Speaker {
  phase: Phase = 'before';
  /** Kernels that have begun to speak. */
  kernels = 0;
  /** Of the kernel that speaks, by its own first line; null if that was not seen. */
  release: string | null = null;
  /** The last thing a kernel said before the latest one started; null before the second. */
  wordsBeforeStart: string | null = null;
  private lastWords: string | null = null;
  /** This kernel stamps its lines, so what has no stamp is not its own. */
  private stamps = false;
  /** What starts have left beside a kernel's words: one may leave several traces, but each of them once. */
  private readonly traces = new Map<string, number>();

  /** A boot is asked for: what starts from here on has it still to show. */
  expectBoot(): void {
    this.hushed();
    this.phase = 'before';
  }

  /** Somebody has logged in: whatever was asked of this boot is done. */
  booted(): void {
    this.phase = 'up';
    this.hushed();
  }

  /** The machine has been reset, as what runs it says. */
  reset(): void {
    this.off('before');
    this.trace('reset');
  }

  /** Starts since a kernel last said a word; each leaves traces of several kinds, of which some may be missing. */
  silentStarts(): number {
    let most = 0;
    for (const count of this.traces.values()) most = Math.max(most, count);
    return most;
  }

  /** @returns whether it is the kernel's own, and whether a kernel begins with it. */
  hear({ text, kernelTime }: Message): { kernel: boolean; starts: boolean } {
    const stamped = kernelTime !== null;
    if (!stamped) this.heardUnstamped(text);
    const version = VERSION.exec(text);
    // A program may show /proc/version; a kernel that stamps its lines stamps this one.
    if (version && (stamped || !this.stamps)) {
      this.begin(version[1] ?? '', stamped);
      return { kernel: true, starts: true };
    }
    const kernel = stamped ? !PROGRAM.test(text) : !this.stamps;
    if (stamped) {
      if (!this.stamps && this.phase !== 'up') this.phase = 'kernel';
      this.stamps = true;
      this.hushed();
      this.lastWords = text;
    }
    if (this.phase === 'kernel' || this.phase === 'loader') if (UP.test(text)) this.booted();
    if (kernel && GOES_DOWN.test(text)) this.off('before');
    return { kernel, starts: false };
  }

  private heardUnstamped(text: string): void {
    if (FIRMWARE.test(text)) {
      this.off('firmware');
      const start = FIRMWARE_STARTS.exec(text);
      if (start) this.trace(start[0]);
    } else if (LOADER_BOOTS.test(text)) {
      this.off('loader');
      this.trace(text.slice(0, LONGEST_TRACE));
    } else if (FIRMWARE_GOES_ON.test(text) && this.phase === 'before') this.phase = 'firmware';
    else if (LOADER.test(text) && (this.phase === 'before' || this.phase === 'firmware')) this.phase = 'loader';
  }

  private begin(release: string, stamped: boolean): void {
    this.kernels += 1;
    if (this.kernels > 1) this.wordsBeforeStart = this.lastWords;
    this.lastWords = null;
    this.release = release;
    this.stamps = stamped;
    this.phase = 'kernel';
    this.hushed();
  }

  /** No kernel runs: whatever has no stamp may be anybody's again. */
  private off(phase: Phase): void {
    this.phase = phase;
    this.stamps = false;
  }

  private trace(name: string): void {
    if (this.traces.size >= MOST_TRACES) this.traces.clear();
    this.traces.set(name, (this.traces.get(name) ?? 0) + 1);
  }

  private hushed(): void {
    this.traces.clear();
  }
}
