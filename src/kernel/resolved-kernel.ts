import type { KernelRow } from '../config/plan.js';

/** A kernel whose content is fixed and lies on this host. */
export interface ResolvedKernel {
  release: string;
  /** Path of the bzImage. */
  vmlinuz: string;
  /** A folder for `depmod -b` and `modprobe -d`: it holds lib/modules/<release>. Null if the kernel has no modules. */
  moduleRoot: string | null;
  source: KernelRow['source'];
  package: string | null;
  version: string | null;
  origin: string;
  sha256: string;
  files: { name: string; sha256: string }[];
  /** Whether it gets an initramfs; `auto`, also if left out: only if the disk driver or ext4 is a module. */
  initramfs?: 'auto' | 'none' | 'always';
  /** What a reader should know of how it was chosen: equals that it was taken from, packages it lacks. */
  note?: string;
  /** Its modules are no longer to be had; null or left out if it has all it was built with. */
  withdrawn?: Withdrawn | null;
}

/** Why a kernel is without its modules. */
export interface Withdrawn {
  /** In words: which packages are gone from where. */
  why: string;
  /** What could be taken instead. */
  next: string;
}
