import type { RunObserver } from '../../run/observer.js';

/** An observer that shows a run to somebody. */
export interface Display extends RunObserver {
  /** Shows a line that belongs to no event, such as `stopping: …`, without spoiling what is drawn. */
  note(line: string): void;
}
