/** The words that several views of the scenario share. */
import { ABSENT, figure } from '../../../base/text/figures.js';
import type { CapacitySample } from '../events.js';
import type { RunOutcome } from '../verdict/slots.js';
import type { ChurnVerdict, SlotsAnswer } from '../verdict/types.js';

/** `created`, `refused ENOSPC`, `error`, or absent. */
export function outcomeWord(outcome: Pick<RunOutcome, 'outcome' | 'errno'> | null): string {
  if (outcome === null) return ABSENT;
  if (outcome.outcome === 'refused') return outcome.errno === null ? 'refused' : `refused ${outcome.errno}`;
  return outcome.outcome === 'not-running' ? 'not running' : outcome.outcome;
}

/** `case 2`, `case 3 (-m 100m)`. */
export function caseName({ case: number, limit }: Pick<ChurnVerdict, 'case' | 'limit'>): string {
  return number === 2 ? 'case 2' : `case 3 (-m ${limit ?? '?'})`;
}

/** `3 completed cycles`. */
export function cyclesOf({ completed }: ChurnVerdict): string {
  return `${completed} completed cycle${completed === 1 ? '' : 's'}`;
}

/** `capacity 1, 65533 live directories`. */
export function slots(sample: CapacitySample): string {
  const free = sample.errno === null ? `at least ${sample.capacity}` : String(sample.capacity);
  return `capacity ${free}, ${sample.liveDirectories} live directories`;
}

/** Kernel memory of one cgroup, with what it is the sum of. */
export function memoryText({ memory }: SlotsAnswer): string {
  if (memory?.bytesPerCgroup == null) return ABSENT;
  const missing = memory.missing.length === 0 ? '' : `; this kernel does not show ${memory.missing.join(', ')}`;
  return `${figure(memory.bytesPerCgroup / 1024, 2)} KiB (${memory.parts.join(' + ')}${missing})`;
}
