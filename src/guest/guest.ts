import type { GuestShell } from '../remote/guest-shell.js';

/**
 * How a guest's boot loader is asked and told. An entry goes by two names that may differ: the one the booted kernel's
 * command line bears out (`BootTarget.entry`), and the one the menu knows it by. Commands are for the guest's shell.
 */
export interface BootLoader {
  /** Command that prints the menu's entries, a line each. */
  menu: string;
  /** The name by which this menu (the output of `menu`) knows an entry; null if it has none such. */
  find(menu: string, entry: string): string | null;
  /** Command that makes an entry, by the menu's name, the default of the next boot. */
  select(name: string): string;
  /** Command that prints the boot loader's environment. */
  readBack: string;
  /** The menu's name of the entry that will boot next, out of what `readBack` printed; '' if none is set. */
  selected(environment: string): string;
  /** The entry a kernel came up through, out of its /proc/cmdline; '' if it does not tell. */
  entryOf(cmdline: string): string;
  reboot: string;
}

/** The value of a variable in the output of `grub-editenv list` (lines `name=value`); '' if it is not set. */
export function grubVariable(environment: string, name: string): string {
  const line = environment.split('\n').find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? '';
}

/** What is inside a machine. */
export interface Guest {
  readonly bootLoader: BootLoader;
  /**
   * Installs what is missing on a machine that has just been started, told step by step through `onStep`; idempotent.
   * Left out where machines start complete, as the embedded ones do.
   */
  readonly provision?: (shell: GuestShell, onStep: (message: string) => void) => Promise<void>;
  /**
   * Commands around the saving of a machine (`MachineProvider.save`): before, in the machine that goes on after, and the one that
   * sets the clock of a machine started from it to a time, in seconds since 1970. Left out where nothing is saved.
   */
  readonly saving?: { before: string; after: string; setClock: (seconds: number) => string };
  /** Waits until Docker answers and makes sure the container image is there; idempotent, needed after each boot. */
  readonly prepare: (shell: GuestShell) => Promise<void>;
  /** Lets the host have memory back that is free in here; between rows, when everything has been measured. */
  readonly giveBack?: (shell: GuestShell) => Promise<void>;
}
