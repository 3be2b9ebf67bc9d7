import type { GuestShell } from '../remote/guest-shell.js';

/**
 * Commands for a guest's boot loader, for the guest's shell. A menu entry has two names that may differ: the one that the booted
 * kernel's command line proves (`BootTarget.entry`), and the one in the menu.
 */
export interface BootLoader {
  /** Command that prints the menu's entries, one per line. */
  menu: string;
  /** The name of an entry in the menu (the output of `menu`); null if the menu does not have it. */
  find(menu: string, entry: string): string | null;
  /** Command that makes an entry, by its name in the menu, the default of the next boot. */
  select(name: string): string;
  /** Command that prints the boot loader's environment. */
  readBack: string;
  /** The name of the entry that will boot next, from the output of `readBack`; '' if none is set. */
  selected(environment: string): string;
  /** The entry that a kernel was booted through, from its /proc/cmdline; '' if that does not contain it. */
  entryOf(cmdline: string): string;
  reboot: string;
}

/** The value of a variable in the output of `grub-editenv list` (lines `name=value`); '' if it is not set. */
export function grubVariable(environment: string, name: string): string {
  const line = environment.split('\n').find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? '';
}

/** The operating system inside a machine. */
export interface Guest {
  readonly bootLoader: BootLoader;
  /**
   * Installs what is missing on a machine that has just been started, and reports each step to `onStep`; idempotent.
   * Undefined where machines start complete, as the embedded ones do.
   */
  readonly provision?: (shell: GuestShell, onStep: (message: string) => void) => Promise<void>;
  /**
   * Commands around saving a machine (`MachineProvider.save`): before it, after it in the machine that continues, and the one that
   * sets the clock of a machine started from the snapshot, in seconds since 1970. Undefined where nothing is saved.
   */
  readonly saving?: { before: string; after: string; setClock: (seconds: number) => string };
  /** Waits until Docker answers, and loads the container image if it is missing; idempotent, needed after each boot. */
  readonly prepare: (shell: GuestShell) => Promise<void>;
  /** Returns the guest's free memory to the host; called between rows, when nothing is measured. */
  readonly giveBack?: (shell: GuestShell) => Promise<void>;
}
