import type { BootTarget } from '../guest/boot.js';
import type { Guest } from '../guest/guest.js';
import type { MachineProvider } from '../provider/machine.js';

/** A provider and the guest in its machines, ready to take rows. */
export interface Backend {
  provider: MachineProvider;
  guest: Guest;
  /** What to boot for each row that can be obtained. */
  targets: Map<string, BootTarget>;
  /** Rows that cannot be obtained, with the reason. */
  missing: Map<string, Error>;
  /** Of the machines; null where it is not known before they run. */
  accelerator: string | null;
}
