import type { JournalEvent } from '../run-events/events.js';

/** Something worth showing that is not worth a journal line. */
export interface Progress {
  /** The row; null for the run as a whole (downloads, image build). */
  kernel: string | null;
  /** Of the row; of the run `image`, `artifacts`, `accelerator`. */
  phase: string;
  message: string;
  /** Count so far and at most, for example directories made of 65535. */
  done?: number;
  total?: number;
}

/** Told of every journal event after it is on disk, and of progress. */
export interface RunObserver {
  event(event: JournalEvent): void;
  progress(progress: Progress): void;
  close(): void;
}
