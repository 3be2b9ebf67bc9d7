/** Which errors of Docker are a refusal by the memory cgroup, the one error this project counts. Pure. */

export type RefusalErrno = 'ENOSPC' | 'ENOMEM' | 'EBUSY';

/** `errno` is null where the text does not tell it (systemd reports only that the unit failed). */
export type Refusal = { refused: true; errno: RefusalErrno | null } | { refused: false };

/*
 * What a refusal looks like is listed, and nothing else is one. Measured: ENOSPC on 3.10.0-514.el7, el8's 4.18, 5.10, 6.1 (v1 and
 * v2); ENOMEM on 4.4.155 and mainline 4.18; EBUSY on 6.12 (v2). The other pairs of errno and hierarchy were not seen; they follow
 * from the mkdir being the same code in both.
 */
const ERRNO: Readonly<Record<string, RefusalErrno>> = {
  'no space left on device': 'ENOSPC',
  'cannot allocate memory': 'ENOMEM',
  'device or resource busy': 'EBUSY',
};
const ERRNO_WORDS = Object.keys(ERRNO).join('|');

/** runc with the cgroupfs driver, of Docker 17.06 (`mkdir` of Go's os package, in quotes that may be escaped) to runc 1.3. */
const RUNC_MKDIR = new RegExp(String.raw`\bmkdir (/[^\s:"'\`\\]+): (${ERRNO_WORDS})`, 'gi');

/** crun 0.20 to 1.21, whose older versions have other quotes: "creating cgroup directory `/sys/fs/cgroup/…`: No space left on device". */
const CRUN_MKDIR = new RegExp(
  String.raw`\bcreat(?:e|ing) cgroup(?: directory)? \\*[\`'"]?(/[^\s:"'\`\\]+)\\*[\`'"]?: (${ERRNO_WORDS})`,
  'gi',
);

/**
 * The systemd driver of runc (after `unable to start unit "docker-….scope" (properties …): `) and of crun. systemd makes the
 * directory, fails, and keeps the errno to itself. Another result than `failed` (timeout, canceled, dependency), and an error of D-Bus or
 * of the permissions in place of this, is about something else.
 */
const UNIT = String.raw`docker-[^\s"'\`\\]+\.scope`;
const UNIT_FAILED = new RegExp(
  String.raw`\berror creating systemd unit \\*[\`'"]${UNIT}\\*[\`'"]: got \\*[\`'"]failed\\*[\`'"]`,
  'i',
);
/** The same where a version of runc leaves the middle out; the two are looked for one after the other. */
const UNIT_NOT_STARTED = new RegExp(String.raw`\bunable to start unit \\*["'\`]${UNIT}\\*["'\`] \(properties `, 'i');
const GOT_FAILED = /\)\)?: got \\*[`'"]failed\\*[`'"]/i;

/**
 * Directories below the mount of all hierarchies that are one of v1 other than memory's, or none: a mkdir in them says nothing
 * about memory ids. Names of controllers up to Linux 6.12, of hierarchies without any, and such with more behind (`cpu,cpuacct`).
 */
const OTHER_HIERARCHY =
  /^(?:blkio|cpu|cpuacct|cpuset|debug|devices|dmem|freezer|hugetlb|memory|misc|net_cls|net_prio|ns|perf_event|pids|rdma|systemd|unified|elogind|openrc|name=\S*)(?![a-z])/;

/**
 * Tells whether an error of `docker run` is a refusal by the memory cgroup, and its errno. A full disk, a missing image,
 * a dead daemon, and a systemd that does not answer or does not allow it are none. Texts were seen from Docker 17.06.2 (3.10, 4.4, 4.18), 18.09
 * and 20.10 (5.10, 6.1, 6.12); runc's and crun's other forms are those of their sources.
 */
export function isCgroupRefusal(errorText: string): Refusal {
  for (const form of [RUNC_MKDIR, CRUN_MKDIR]) {
    for (const [, path = '', why = ''] of errorText.matchAll(form)) {
      if (isMemoryDirectory(path)) return { refused: true, errno: ERRNO[why.toLowerCase()] ?? null };
    }
  }
  return unitFailed(errorText) ? { refused: true, errno: null } : { refused: false };
}

function unitFailed(text: string): boolean {
  if (UNIT_FAILED.test(text)) return true;
  const start = UNIT_NOT_STARTED.exec(text);
  return start !== null && GOT_FAILED.test(text.slice(start.index));
}

/**
 * Whether a path is in the memory hierarchy of v1, or in the unified tree of v2, whose paths have no `memory`. Of v2, it is the
 * container's own directory wherever `--cgroup-parent` puts it, or a parent that is Docker's or systemd's.
 */
function isMemoryDirectory(path: string): boolean {
  const below = /^(?:\/sys\/fs)?\/cgroup\/(.+)$/.exec(path)?.[1];
  if (below === undefined) return false;
  const parts = below.split('/').filter((part) => part !== '');
  const first = parts[0] ?? '';
  if (first.split(',').includes('memory')) return true;
  // Where hierarchies of v1 are mounted on EL 6, there is no v2.
  if (!path.startsWith('/sys/') || OTHER_HIERARCHY.test(first)) return false;
  return PARENT.test(first) || CONTAINER.test(parts.at(-1) ?? '');
}

const PARENT = /^(?:docker(?:-.*)?|[^/]+\.slice)$/;
const CONTAINER = /^(?:[0-9a-f]{64}|docker-[0-9a-f]{64}\.scope)$/;
