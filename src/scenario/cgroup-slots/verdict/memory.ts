/** Kernel memory that one memory cgroup costs, from /proc/meminfo before and after exhaustion. */
import type { EventBodies } from '../../../run-events/events.js';
import type { MemoryReading } from '../events.js';

export interface KernelMemory {
  /** Bytes per directory made; null if none was made or memory was not read. */
  bytesPerCgroup: number | null;
  /** The figures of /proc/meminfo it is the sum of. */
  parts: ('slab' | 'percpu' | 'kernelStack')[];
  /** Figures this kernel does not print (3.10 and 4.4 have no Percpu), so not in the sum. */
  missing: ('slab' | 'percpu' | 'kernelStack')[];
}

/**
 * (slab + percpu + kernelStack after − before) / made, in bytes. A figure that either reading lacks is left out and
 * named in `missing`: the sum is then a lower bound.
 */
export function kernelMemory(
  exhausted: Pick<EventBodies['exhausted'], 'made' | 'memoryBefore' | 'memory'>,
): KernelMemory {
  const result: KernelMemory = { bytesPerCgroup: null, parts: [], missing: [] };
  const { memoryBefore, memory } = exhausted;
  if (memoryBefore === null || memory === null) return { ...result, missing: ['slab', 'percpu', 'kernelStack'] };
  let kib = 0;
  for (const part of ['slab', 'percpu', 'kernelStack'] as const) {
    const grown = growth(memoryBefore, memory, part);
    if (grown === null) {
      result.missing.push(part);
      continue;
    }
    result.parts.push(part);
    kib += grown;
  }
  if (exhausted.made > 0) result.bytesPerCgroup = (kib * 1024) / exhausted.made;
  return result;
}

function growth(before: MemoryReading, after: MemoryReading, part: 'slab' | 'percpu' | 'kernelStack'): number | null {
  const [from, to] = [before[part], after[part]];
  return from === null || to === null ? null : to - from;
}
