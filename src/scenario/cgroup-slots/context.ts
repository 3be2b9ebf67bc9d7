import type { DockerConfig, SequenceConfig, TimeoutConfig } from '../../config/plan.js';
import type { Phase } from '../../journal/events.js';
import type { JournalWriter } from '../../journal/writer.js';
import type { GuestShell } from '../../remote/guest-shell.js';
import type { Hierarchy } from './hierarchy.js';

/** What every step of the sequence works with. */
export interface SequenceContext {
  run: string;
  kernel: string;
  hierarchy: Hierarchy;
  sequence: SequenceConfig;
  docker: DockerConfig;
  timeouts: TimeoutConfig;
  shell: GuestShell;
  journal: JournalWriter;
  /** Command that prints the boot menu. */
  menu: string;
  /** Told of progress inside a step. */
  progress(phase: Phase, message: string, done?: number, total?: number): void;
  /** Told when a churn cycle is in the journal. */
  cycled?: (cycle: number) => void;
}

/** The guest answered something the sequence cannot go on from. */
export class SequenceError extends Error {
  override readonly name = 'SequenceError';
}
