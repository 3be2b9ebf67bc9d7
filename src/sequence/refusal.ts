/** Which errors of Docker are a refusal by the memory cgroup, the one error this project counts. Pure. */

export type RefusalErrno = 'ENOSPC' | 'ENOMEM' | 'EBUSY';

/** `errno` is null where the text does not tell it (systemd reports only that the unit failed). */
export type Refusal = { refused: true; errno: RefusalErrno | null } | { refused: false };

/**
 * runc's mkdir in the memory hierarchy of cgroup v1, or in the unified tree of v2, which has no `memory` in its paths. The errno
 * is the kernel's, whichever the hierarchy. Measured: ENOSPC on 3.10.0-514.el7, el8's 4.18, 5.10, 6.1 (v1 and v2); ENOMEM on
 * 4.4.155 and mainline 4.18; EBUSY on 6.12 (v2). The other pairs of errno and hierarchy were not seen; they follow from the mkdir
 * being the same code in both. Another hierarchy's mkdir (`/sys/fs/cgroup/cpu/…`) says nothing about memory ids.
 */
const MKDIR =
  /mkdir \/sys\/fs\/cgroup\/(?:memory(?:\/[^\s:"'\\]*)?|(?:docker|system\.slice)(?:[/-][^\s:"'\\]*)?): (no space left on device|cannot allocate memory|device or resource busy)/i;

/** runc's systemd driver: systemd makes the directory, fails, and keeps the errno to itself. */
const SYSTEMD_UNIT = /unable to start unit \\*["'`]docker-[^\s"'`\\]+\.scope/i;

/** Words of systemd or D-Bus that name another cause for the unit's failure. */
const OTHER_CAUSE =
  /\bdial\b|connection refused|connection reset|no such file|already (?:exists|loaded)|permission denied|access denied|timed? ?out/i;

const ERRNO: Readonly<Record<string, RefusalErrno>> = {
  'no space left on device': 'ENOSPC',
  'cannot allocate memory': 'ENOMEM',
  'device or resource busy': 'EBUSY',
};

/**
 * Tells whether an error of `docker run` is a refusal by the memory cgroup, and its errno. A full disk, a missing image
 * and a dead daemon are none. Texts were seen from Docker 17.06.2 (3.10, 4.4, 4.18), 18.09 and 20.10 (5.10, 6.1, 6.12).
 */
export function isCgroupRefusal(errorText: string): Refusal {
  const mkdir = MKDIR.exec(errorText);
  if (mkdir !== null) return { refused: true, errno: ERRNO[(mkdir[1] ?? '').toLowerCase()] ?? null };
  if (SYSTEMD_UNIT.test(errorText) && !OTHER_CAUSE.test(errorText)) return { refused: true, errno: null };
  return { refused: false };
}
