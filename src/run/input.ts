import type { KernelRow, Plan } from '../config/plan.js';
import type { HostSize } from '../provider/host-size.js';
import type { PastRow } from './schedule/past.js';

/** What one run is given. */
export interface MatrixInput {
  run: string;
  /** runs/<id> */
  folder: string;
  plan: Plan;
  /** Rows still to be done: all of them, or what a resumed run has left. */
  rows: KernelRow[];
  /** What rows took in earlier runs, newest first. */
  past?: readonly PastRow[];
  /** Another host than this one serves for tests. */
  host?: HostSize;
  /** Boot every kernel for real, and save nothing for later runs. */
  fresh?: boolean;
  /** Leave the machines running at the end. */
  keep: boolean;
  /** Where in the folder a row's slice of the console goes. */
  consoleFile(kernel: string): string;
}
