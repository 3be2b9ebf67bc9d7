/** A kernel whose content is fixed and lies on this host. */
export interface ResolvedKernel {
  release: string;
  /** Path of the bzImage. */
  vmlinuz: string;
  /** A folder for `depmod -b` and `modprobe -d`: it holds lib/modules/<release>. Null if the kernel has no modules. */
  moduleRoot: string | null;
  source: 'deb' | 'file' | 'rpm';
  package: string | null;
  version: string | null;
  origin: string;
  sha256: string;
  files: { name: string; sha256: string }[];
}
