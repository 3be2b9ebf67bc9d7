/** Turns errors of the operating system into errors that a user can act on. */
import { fileURLToPath } from 'node:url';
import { type ErrorKind, UserError, type UserErrorParts } from './user-error.js';

interface Meaning {
  /** The reason, for the message. */
  says: string;
  next: string;
  /** `input`: another path solves it; `unavailable`: the host has to change. */
  kind: ErrorKind;
}

const ROOM = 'free some space, or set KERNEL_MATRIX_CACHE or --runs-dir to a larger disk; --resume continues a run';
const ALLOW = 'change the permissions (chmod, chown), name another place, or run this as the owner';
const DISK = 'check the kernel log (dmesg) for errors of this disk; save its data, or name another place';
const AGAIN = 'run it again; if that does not help, name another place';

/** By errno(3) of Linux. An errno without an entry is reported with the system's own message. */
const MEANINGS: Record<string, Meaning> = {
  ENOENT: {
    says: 'it, or a folder in its path, does not exist',
    next: 'check the path',
    kind: 'input',
  },
  ENOTDIR: {
    says: 'a folder in its path is a file',
    next: 'name a folder, or remove the file',
    kind: 'input',
  },
  EISDIR: { says: 'it is a folder', next: 'name a file in it', kind: 'input' },
  EEXIST: { says: 'the name exists already', next: 'name another, or remove it', kind: 'input' },
  ENOTEMPTY: { says: 'the folder exists and is not empty', next: 'name another, or remove it', kind: 'input' },
  EACCES: { says: 'permission denied', next: ALLOW, kind: 'input' },
  EPERM: { says: 'operation not permitted', next: ALLOW, kind: 'input' },
  EROFS: { says: 'the disk is mounted read-only', next: 'name a place on another disk', kind: 'input' },
  ELOOP: {
    says: 'its path has a cycle of links, or too many links',
    next: 'correct the links, or name another path',
    kind: 'input',
  },
  ENAMETOOLONG: { says: 'the name is too long', next: 'name a shorter path', kind: 'input' },
  ENXIO: {
    says: 'it has no reader, or no such device',
    next: 'start its reader first, or name a file',
    kind: 'input',
  },
  ENODEV: { says: 'there is no such device', next: 'name a file', kind: 'input' },
  ETXTBSY: { says: 'it is a running program', next: 'name another file', kind: 'input' },
  EXDEV: { says: 'it is on another disk', next: 'name a place on the same disk', kind: 'input' },
  EBUSY: { says: 'it is in use, for example as a mount', next: 'name another, or stop its user', kind: 'input' },
  EINVAL: {
    says: 'this file system does not support it',
    next: 'name a place on another file system',
    kind: 'input',
  },
  EPIPE: { says: 'its reader is gone', next: 'let the reader read to the end', kind: 'input' },
  ENOSPC: { says: 'the disk is full', next: ROOM, kind: 'unavailable' },
  EDQUOT: { says: 'the disk quota of this user is exceeded', next: ROOM, kind: 'unavailable' },
  EFBIG: {
    says: 'the file would exceed the size limit',
    next: 'raise the limit (ulimit -f), or name a place on another file system',
    kind: 'unavailable',
  },
  EIO: { says: 'the disk reports an error', next: DISK, kind: 'unavailable' },
  EUCLEAN: { says: 'the file system is damaged', next: DISK, kind: 'unavailable' },
  ESTALE: { says: 'the network file system lost it', next: 'mount it again, then run it again', kind: 'unavailable' },
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
    says: 'a resource limit is reached',
    next: 'end other programs, or raise the limit of processes (ulimit -u)',
    kind: 'unavailable',
  },
};

/** Errors that mean that this program made a wrong system call. */
const BUGS = new Set(['EBADF', 'EFAULT', 'ENOSYS', 'ENOTSOCK']);

/** Participles for the system calls of libuv. */
const CALLS: Record<string, string> = {
  open: 'opened',
  read: 'read',
  write: 'written',
  fsync: 'written',
  ftruncate: 'written',
  close: 'written',
  mkdir: 'created',
  mkdtemp: 'created',
  scandir: 'listed',
  opendir: 'listed',
  rename: 'renamed',
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

/** Folders of this program itself: a missing file in them is a bug. */
const OWN = ['src', 'dist', 'node_modules'].map((name) => fileURLToPath(new URL(`../../${name}/`, import.meta.url)));

/**
 * Explains a failed system call on a path that the user or the host determines.
 * @param known parts of the error that the caller knows better than the system call.
 * @returns null if it is another kind of error, or a bug of this program.
 */
export function explainErrno(error: unknown, known: Partial<UserErrorParts> = {}): UserError | null {
  if (error instanceof UserError || !(error instanceof Error)) return null;
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code) || typeof syscall !== 'string') return null;
  if (BUGS.has(code)) return null;
  if (code === 'ENOENT' && path !== undefined && OWN.some((folder) => path.startsWith(folder))) return null;
  if (syscall === 'uv_cwd') {
    return new UserError({
      what: 'the current folder no longer exists',
      why: message,
      next: 'change to an existing folder (cd), then run it again',
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
    ...known,
    cause: error,
  });
}

function subject(syscall: string, path: string | undefined): string {
  const program = /^spawn(?: |$)/.test(syscall);
  if (program) return `${path ?? 'a program'} cannot be started`;
  const done = CALLS[syscall] ?? 'used';
  return `${path ?? 'a file'} cannot be ${done}`;
}
