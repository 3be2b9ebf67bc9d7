import type { Plan } from '../config/plan.js';
import type { Machine, SavedBoot } from '../provider/machine.js';
import type { GuestShell } from '../remote/guest-shell.js';
import type { RunJournal } from '../run-events/events.js';
import type { Backend } from './backend-interface.js';
import type { RunObserver } from './observer.js';

/** A machine that has booted and can be given rows. */
export interface ReadyMachine {
  machine: Machine;
  shell: GuestShell;
  /** It was not booted but started from this; null once it has been rebooted. */
  saved: SavedBoot | null;
}

/** Where a row's machine comes from: the worker's own, or a fresh one under this name. */
export interface MachineSource {
  name: string;
  start(): Promise<ReadyMachine>;
}

/** What running a row needs beside the row. */
export interface RowContext {
  run: string;
  plan: Plan;
  backend: Backend;
  journal: RunJournal;
  observer: RunObserver;
  signal: AbortSignal;
  /** Machines are saved for later runs. */
  saving: boolean;
  /** Folder of the run, and where in it this row's slice of the console goes. */
  folder: string;
  consoleFile: string;
}
