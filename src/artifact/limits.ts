import type { Artifact } from './artifact.js';
import type { LockEntry } from './lock-file.js';

/** What a transfer may take before it costs its place the turn. */
export interface Limits {
  /** Bytes of the whole at most. */
  most: number;
  /** The same where the place does not say beforehand how many it has: every server of files does. */
  untold: number;
  /** Least bytes a second on average; see `guardAgainstStall`. */
  rate: number;
}

/** Least bytes a second where nothing else is asked for: a kernel RPM of 40 MB has 43 minutes. */
export const LEAST_RATE = 16 * 1024;

const MIB = 2 ** 20;
/** A key has some KiB; CentOS 7's has 1.7. */
const KEY_BYTES = MIB;
/** Kernel RPMs of CentOS 7 and ELRepo have up to 50 MiB, those with debug information up to 1 GiB. */
const RPM_BYTES = 2048 * MIB;
/** Docker's static archive: 17.06.2 has 29 MiB, 28 some 80. */
const STATIC_BYTES = 512 * MIB;
/** Boxes and image archives: the largest boxes that are known have some 20 GiB. */
const ARCHIVE_BYTES = 32 * 1024 * MIB;
/** Enough for all but boxes and images, and a few seconds of a fast network. */
const UNTOLD_BYTES = 1024 * MIB;

/** The limits for an artifact: what kernels.lock says of it, else by what kind of file it is. */
export function limitsOf({ name, signature }: Artifact, entry: LockEntry | undefined, rate = LEAST_RATE): Limits {
  // Somewhat more, so that a file that was changed is told by its hash, which says what to do.
  if (entry !== undefined) return { most: 2 * entry.size + MIB, untold: 2 * entry.size + MIB, rate };
  const most = signature === 'key' ? KEY_BYTES : mostOf(name);
  return { most, untold: Math.min(most, UNTOLD_BYTES), rate };
}

function mostOf(name: string): number {
  if (name.endsWith('.rpm')) return RPM_BYTES;
  return name.endsWith('.tgz') ? STATIC_BYTES : ARCHIVE_BYTES;
}

/** A place has more than the artifact can have. */
export class WrongSize extends Error {
  override readonly name = 'WrongSize';
}

/** @throws WrongSize if what a place tells of its size cannot be. */
export function requireSize(total: number, { most }: Limits): void {
  if (total > most) throw new WrongSize(`it says it has ${total} bytes, and such a file has ${most} at most`);
}
