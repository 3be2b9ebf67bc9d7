/** What the operating system refuses, as what a user can mend. */
import { fileURLToPath } from 'node:url';
import { type ErrorKind, UserError, type UserErrorParts } from './user-error.js';

interface Meaning {
  /** Why, in words. */
  says: string;
  next: string;
  /** `input`: naming another path mends it; `unavailable`: the host has to change. */
  kind: ErrorKind;
}

const ROOM = 'free some space, or set KERNEL_MATRIX_CACHE or --runs-dir to a larger disk; a run goes on with --resume';
const ALLOW = 'let yourself do it (chmod, chown), name another place, or run this as the user it belongs to';
const DISK = 'look into the kernel log (dmesg) for errors of this disk; copy what is on it, or name another place';
const AGAIN = 'run it again; if that does not help, name another place';

/** By errno(3) of Linux. What has no line here is told with the system's own words. */
const MEANINGS: Record<string, Meaning> = {
  ENOENT: {
    says: 'it is not there, or a folder on the way is not',
    next: 'check the path, and name one that is there',
    kind: 'input',
  },
  ENOTDIR: {
    says: 'a file stands where a folder is needed',
    next: 'name a folder, or remove the file',
    kind: 'input',
  },
  EISDIR: { says: 'it is a folder', next: 'name a file in it', kind: 'input' },
  EEXIST: { says: 'something of that name is there', next: 'name another, or remove it', kind: 'input' },
  ENOTEMPTY: { says: 'a folder of that name is there already', next: 'name another, or remove it', kind: 'input' },
  EACCES: { says: 'this user may not', next: ALLOW, kind: 'input' },
  EPERM: { says: 'this user may not', next: ALLOW, kind: 'input' },
  EROFS: { says: 'the disk is mounted read-only', next: 'name a place on another disk', kind: 'input' },
  ELOOP: {
    says: 'its links lead in a circle, or there are too many',
    next: 'mend the links, or name another path',
    kind: 'input',
  },
  ENAMETOOLONG: { says: 'the name is too long', next: 'name a shorter path', kind: 'input' },
  ENXIO: { says: 'nothing is at the other end', next: 'start what reads it first, or name a file', kind: 'input' },
  ENODEV: { says: 'there is no such device', next: 'name a file', kind: 'input' },
  ETXTBSY: { says: 'it is a program that runs', next: 'name another file', kind: 'input' },
  EXDEV: { says: 'it lies on another disk', next: 'name a place on the same disk', kind: 'input' },
  EBUSY: { says: 'something holds it, a mount say', next: 'name another, or end what holds it', kind: 'input' },
  EINVAL: { says: 'this file system does not take it', next: 'name a place on another file system', kind: 'input' },
  EPIPE: { says: 'its reader has gone', next: 'let the reader read to the end', kind: 'input' },
  ENOSPC: { says: 'the disk is full', next: ROOM, kind: 'unavailable' },
  EDQUOT: { says: 'the quota of this user is used up', next: ROOM, kind: 'unavailable' },
  EFBIG: {
    says: 'the file would be larger than allowed',
    next: 'raise the limit (ulimit -f), or name a place on another file system',
    kind: 'unavailable',
  },
  EIO: { says: 'the disk does not answer as it should', next: DISK, kind: 'unavailable' },
  EUCLEAN: { says: 'the file system is damaged', next: DISK, kind: 'unavailable' },
  ESTALE: {
    says: 'the network file system has lost it',
    next: 'mount it again, then run it again',
    kind: 'unavailable',
  },
  EMFILE: {
    says: 'this process has too many files open',
    next: 'raise the limit: ulimit -n 1024',
    kind: 'unavailable',
  },
  ENFILE: {
    says: 'this host has too many files open',
    next: 'end other programs, or raise fs.file-max',
    kind: 'unavailable',
  },
  ENOMEM: {
    says: 'the host is out of memory',
    next: 'end other programs, or run fewer machines (--jobs 1)',
    kind: 'unavailable',
  },
  EAGAIN: {
    says: 'the host gives no more of it now',
    next: 'end other programs, or raise the limit of processes (ulimit -u)',
    kind: 'unavailable',
  },
};

/** They say that this program used the system wrongly. */
const BUGS = new Set(['EBADF', 'EFAULT', 'ENOSYS', 'ENOTSOCK']);

/** System calls of libuv, in words. */
const CALLS: Record<string, string> = {
  open: 'opened',
  read: 'read',
  write: 'written',
  fsync: 'written',
  ftruncate: 'written',
  close: 'written',
  mkdir: 'made',
  mkdtemp: 'made',
  scandir: 'listed',
  opendir: 'listed',
  rename: 'put in place',
  copyfile: 'copied',
  link: 'linked',
  symlink: 'linked',
  unlink: 'removed',
  rmdir: 'removed',
  rm: 'removed',
  chmod: 'changed',
  chown: 'changed',
  utime: 'changed',
};

/** Files of this program itself: that one of them is missing is nobody's mistake but ours. */
const OWN = ['src', 'dist', 'node_modules'].map((name) => fileURLToPath(new URL(`../../${name}/`, import.meta.url)));

/**
 * What a system call said that failed on a path which the user or the host decides.
 * @param told what was being done and where, if that is known better than from the call.
 * @returns null if it is no such error, or one that tells of a bug of this program.
 */
export function explainErrno(error: unknown, told: Partial<UserErrorParts> = {}): UserError | null {
  if (error instanceof UserError || !(error instanceof Error)) return null;
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code) || typeof syscall !== 'string') return null;
  if (BUGS.has(code)) return null;
  if (code === 'ENOENT' && path !== undefined && OWN.some((folder) => path.startsWith(folder))) return null;
  if (syscall === 'uv_cwd') {
    return new UserError({
      what: 'the current folder is not there any more',
      why: message,
      next: 'change to a folder that is there (cd), then run it again',
      kind: 'input',
      cause: error,
    });
  }
  const meaning = MEANINGS[code];
  return new UserError({
    what: `${subject(syscall, path)}${meaning === undefined ? '' : `: ${meaning.says}`}`,
    where: path,
    why: message,
    next: meaning?.next ?? AGAIN,
    kind: meaning?.kind ?? 'unavailable',
    ...told,
    cause: error,
  });
}

function subject(syscall: string, path: string | undefined): string {
  const program = /^spawn(?: |$)/.test(syscall);
  if (program) return `${path ?? 'a program'} cannot be started`;
  const done = CALLS[syscall] ?? 'used';
  return `${path ?? 'a file'} cannot be ${done}`;
}
