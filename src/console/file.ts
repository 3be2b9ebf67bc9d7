import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { plainLines } from './messages.js';
import type { ConsoleLog } from './console.js';

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

/** What a guest may write to its console, in bytes: it is a file of this host. A boot with all its messages takes 100 KB. */
const CONSOLE_LIMIT = 64 * 2 ** 20;

/** Why a machine is ended that prints without end; null as long as it does not. */
export function consoleOverflow(console: ConsoleLog, limit = CONSOLE_LIMIT): string | null {
  return console.size() > limit
    ? `it wrote more than ${Math.floor(limit / 2 ** 20)} MiB to its console, which no boot and no sequence does`
    : null;
}
