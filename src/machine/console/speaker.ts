import type { Message } from './messages.js';

/**
 * Where a boot is, by what the console shows. `before`: nothing is known, or the machine is on its way down. `up`: people or SSH
 * can log in, so nothing that a program prints means any more that this boot has failed.
 */
export type Phase = 'before' | 'firmware' | 'loader' | 'kernel' | 'up';

/** Traces that a start leaves beside a kernel's words; one start may leave one of each. */
type Trace = 'reset' | 'firmware' | 'loader';

/** SeaBIOS src/misc.c and boot.c, OVMF's BdsDxe (UefiBootManagerLib), iPXE src/usr/autoboot.c: what each begins with. */
const FIRMWARE =
  /^(?:SeaBIOS \(version |UEFI firmware \(version |iPXE (?:\(http|\d+\.\d)|gPXE |BdsDxe: (?:loading|starting|failed to load) Boot|coreboot-\d|U-Boot \d)/;
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
  private traces: Record<Trace, number> = { reset: 0, firmware: 0, loader: 0 };

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
    this.traces.reset += 1;
  }

  /** Starts since a kernel last said a word; each leaves traces of several kinds, of which some may be missing. */
  silentStarts(): number {
    const { reset, firmware, loader } = this.traces;
    return Math.max(reset, firmware, loader);
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
      this.traces.firmware += 1;
    } else if (LOADER_BOOTS.test(text)) {
      this.off('loader');
      this.traces.loader += 1;
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

  private hushed(): void {
    this.traces = { reset: 0, firmware: 0, loader: 0 };
  }
}
