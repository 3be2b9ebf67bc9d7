import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What QEMU takes beside the guest's memory: translated code (512 MiB at most under TCG) and itself. */
export const QEMU_OVERHEAD_MIB = 400;
/** Left for this program, the page cache of the image and everybody else. */
export const HOST_RESERVE_MIB = 1024;

/** What this host can give to machines. */
export interface HostSize {
  /** Processors this process may use. */
  cpus: number;
  availableMib: number;
}

export function hostSize(): HostSize {
  return { cpus: availableParallelism(), availableMib: availableMemoryMib() };
}

/** MiB available without swapping, as the kernel reports (MemAvailable of /proc/meminfo). */
function availableMemoryMib(): number {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return found ? Math.floor(Number(found[1]) / 1024) : 0;
}
