import type { Artifact } from './artifact.js';
import type { LockEntry } from './lock-file.js';

/** Limits of a transfer. A place that exceeds one is given up, and the next is tried. */
export interface Limits {
  /** Maximum size of the file in bytes. */
  most: number;
  /** The maximum for a server that does not send the size in advance, as every file server does. */
  untold: number;
  /** Minimum average rate in bytes per second; see `guardAgainstStall`. */
  rate: number;
}

/** Default minimum rate in bytes per second: a kernel RPM of 40 MB may take 43 minutes. */
const LEAST_RATE = 16 * 1024;

const MIB = 2 ** 20;
/** A key has some KiB; CentOS 7's has 1.7. */
const KEY_BYTES = MIB;
/** Kernel RPMs of CentOS 7 and ELRepo have up to 50 MiB, those with debug information up to 1 GiB. */
const RPM_BYTES = 2048 * MIB;
/** Docker's static archive: 17.06.2 has 29 MiB, 28 some 80. */
const STATIC_BYTES = 512 * MIB;
/** Boxes and image archives: the largest known boxes have some 20 GiB. */
const ARCHIVE_BYTES = 32 * 1024 * MIB;
/** Enough for everything except boxes and images; a fast network sends it in a few seconds. */
const UNTOLD_BYTES = 1024 * MIB;

/** The limits for an artifact: by its entry in kernels.lock, or else by the kind of file. */
export function limitsOf({ name, signature }: Artifact, entry: LockEntry | undefined, rate = LEAST_RATE): Limits {
  // More than the recorded size, so that a changed file is detected by its hash, whose error says what to do.
  if (entry !== undefined) return { most: 2 * entry.size + MIB, untold: 2 * entry.size + MIB, rate };
  const most = signature === 'key' ? KEY_BYTES : mostOf(name);
  return { most, untold: Math.min(most, UNTOLD_BYTES), rate };
}

function mostOf(name: string): number {
  if (name.endsWith('.rpm')) return RPM_BYTES;
  return name.endsWith('.tgz') ? STATIC_BYTES : ARCHIVE_BYTES;
}

/** A place offers a file that is too large to be the artifact. */
export class WrongSize extends Error {
  override readonly name = 'WrongSize';
}

/** @throws WrongSize if the size that a place states is above the limit. */
export function requireSize(total: number, { most }: Limits): void {
  if (total > most) throw new WrongSize(`it states a size of ${total} bytes; the limit for such a file is ${most}`);
}
