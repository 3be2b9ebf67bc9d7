import type { SequenceConfig } from '../../config/plan.js';
import type { ScenarioContext } from '../scenario.js';
import type { CapacitySample, MemoryReading } from './events.js';
import type { Hierarchy } from './hierarchy.js';

/** What the steps work with, and what they hand on to each other. */
export interface SlotsContext extends ScenarioContext {
  hierarchy: Hierarchy;
  settings: SequenceConfig;
  /** The line in the kernel log that the scenario began with. */
  marker: string;
  /** Before exhaustion. */
  memory: MemoryReading | null;
  /** Directories made until the kernel refused. */
  made: number;
  /** The latest probe; null before the first. */
  last: CapacitySample | null;
  /** Slots lost so far. */
  lost: number;
}

/** The latest probe. @throws Error if the steps before have made none. */
export function lastProbe({ last }: SlotsContext): CapacitySample {
  if (last === null) throw new Error('no probe has been made yet');
  return last;
}
