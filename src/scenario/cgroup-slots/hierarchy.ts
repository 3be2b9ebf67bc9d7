import type { CgroupVersion } from '../../config/plan.js';

/** Where the memory cgroups of a kernel are. */
export interface Hierarchy {
  version: CgroupVersion;
  /** Root of the hierarchy the memory controller is on. */
  root: string;
  /** The directory the sequence fills. */
  test: string;
}

/** The hierarchy as the source lays it out on v1, and its like on v2. */
export function hierarchyOf(version: CgroupVersion): Hierarchy {
  const root = version === 'v1' ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  return { version, root, test: `${root}/test` };
}
