import type { Recorder } from './results.js';

/** One thing that is measured: a file here, and a line in bench/main.ts. */
export interface Subject {
  /** For `--help`. */
  about: string;
  /** Boots machines, so it is run only if it is named. */
  slow?: boolean;
  /** @param folder scratch, removed afterwards. */
  run(record: Recorder, folder: string): Promise<void>;
}
