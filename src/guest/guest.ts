import type { GuestShell } from './guest-shell.js';

/** How a guest's boot loader is asked and told; each member is a command line for the guest's shell. */
export interface BootLoader {
  /** Prints the menu's entries, a line each. */
  menu: string;
  /** Makes an entry the default of the next boots. */
  select(entry: string): string;
  /** Prints a line `saved_entry=<entry>`. */
  readBack: string;
  reboot: string;
}

/** What is inside a machine. */
export interface Guest {
  readonly bootLoader: BootLoader;
  /** Waits until Docker answers and makes sure the container image is there; idempotent, needed after each boot. */
  readonly prepare: (shell: GuestShell) => Promise<void>;
}
