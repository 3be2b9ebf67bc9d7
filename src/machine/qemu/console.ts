import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { ConsoleLog } from '../machine.js';

/** A serial console that QEMU writes into a file. */
export class FileConsole implements ConsoleLog {
  constructor(readonly file: string) {}

  size(): number {
    return existsSync(this.file) ? statSync(this.file).size : 0;
  }

  since(from: number): string {
    // One character a byte, so that positions in the text are positions in the file.
    const length = Math.min(this.size() - from, CONSOLE_LIMIT);
    if (length <= 0) return '';
    const bytes = Buffer.alloc(length);
    const file = openSync(this.file, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, length, from));
    } finally {
      closeSync(file);
    }
  }

  tail(count: number): string[] {
    return plainLines(this.since(Math.max(0, this.size() - 64 * 1024))).slice(-count);
  }
}

/** Of a line that never ends only the beginning is looked at: patterns take long for it, and a guest may print what it likes. */
const LONGEST_LINE = 4096;

/** What a guest may write to its console, in bytes: it is a file of this host. A boot with all its messages takes 100 KB. */
export const CONSOLE_LIMIT = 64 * 2 ** 20;

/** Why a machine is ended that prints without end; null as long as it does not. */
export function consoleOverflow(console: ConsoleLog, limit = CONSOLE_LIMIT): string | null {
  return console.size() > limit
    ? `it wrote more than ${Math.floor(limit / 2 ** 20)} MiB to its console, which no boot and no sequence does`
    : null;
}

/** Lines of a console without terminal control sequences, carriage returns and empty lines. */
export function plainLines(text: string): string[] {
  return (
    text
      // CSI and OSC sequences, choices of character set, two-byte escapes, then what control characters are left.
      // eslint-disable-next-line no-control-regex
      .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()*+][0-~]|[@-Z\\-_c])/g, '')
      .split(/[\r\n]/)
      .map((line) => line.slice(0, LONGEST_LINE))
      // eslint-disable-next-line no-control-regex
      .map((line) => line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '').trimEnd())
      .filter((line) => line !== '')
  );
}

/**
 * What on a console means that this boot will never answer. The kernel's words are those of kernel/panic.c; GRUB's
 * those of grub-core/kern/err.c and normal/menu.c ("Press any key to continue" follows an entry that failed).
 */
const FATAL: [pattern: RegExp, meaning: (line: string) => string][] = [
  [/Kernel panic - not syncing.*/, (line) => line],
  [/initramfs: the root file system .* was not found.*/, (line) => line],
  [/kernel-matrix: no keys were found on .*/, (line) => line],
  [/^error: .*/m, (line) => `the boot loader says: ${line}`],
  [/^grub(?: rescue)?> *$/m, () => 'the boot loader stopped at its prompt'],
  [/No bootable device/, () => 'the firmware found no bootable device'],
];

/** The first sign of a dead boot in a piece of console text, in words; null if there is none. */
export function fatalSign(text: string): string | null {
  const plain = plainLines(text).join('\n');
  for (const [pattern, meaning] of FATAL) {
    const found = pattern.exec(plain);
    if (found) return meaning(found[0].trim()) + hint(found[0]);
  }
  return null;
}

function hint(line: string): string {
  return /unable to mount root fs/i.test(line)
    ? ' (its disk driver or ext4 is not built in: give modules:, or set disk_bus: to a bus the kernel has)'
    : '';
}
