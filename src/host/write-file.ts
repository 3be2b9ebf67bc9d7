/** The only writer of files that others may read: atomically, and through no link. */
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { partName, sweepParts } from './part-file.js';
import { UserError } from './user-error.js';

/**
 * Writes or replaces a file atomically and synced. Mode and owner of a replaced file are kept. Leftovers of killed writers in the folder
 * are removed.
 * @throws UserError if a link, a folder, a device or a FIFO has that name; otherwise the error of node:fs, with `file` as its path.
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const folder = dirname(file);
  sweepParts(folder);
  const part = join(folder, partName(basename(file)));
  try {
    const before = lstatSync(file, { throwIfNoEntry: false });
    if (before !== undefined && !before.isFile()) throw refused(file, before, 'a file');
    const descriptor = openSync(part, 'wx', 0o666);
    try {
      writeAll(descriptor, content);
      if (before?.isFile()) takeOver(before, part, descriptor);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    if (error instanceof UserError) throw error;
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

function takeOver(before: Stats, part: string, descriptor: number): void {
  fchmodSync(descriptor, before.mode & 0o7777);
  if (process.getuid?.() === 0) chownSync(part, before.uid, before.gid);
}

/** Writes everything, in several calls if a nearly full disk accepts only a part. @throws the error of node:fs. */
export function writeAll(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

/**
 * Writes a file below a folder of this program, and creates missing folders. The folder may be untrusted, for example from an archive, so
 * only folders and regular files in it are used.
 * @param root may be reached through a link, because the user named it.
 * @param name relative, with `/`.
 * @throws UserError for a link, a device, a FIFO or a folder in the file's place; the error of node:fs.
 */
export function writeInside(root: string, name: string, content: string | Uint8Array): void {
  const file = placeInside(root, name);
  mkdirSync(dirname(file), { recursive: true });
  // Check again, because a component may have been replaced. The file itself is replaced, never followed.
  writeWhole(placeInside(root, name), content);
}

/**
 * Moves a complete file into a folder of this program, as {@link writeInside} writes one.
 * @param whole path of the file, on the same file system.
 * @throws as writeInside.
 */
export function moveInside(root: string, name: string, whole: string): void {
  const file = placeInside(root, name);
  mkdirSync(dirname(file), { recursive: true });
  const before = lstatSync(file, { throwIfNoEntry: false });
  if (before !== undefined) {
    chmodSync(whole, before.mode & 0o7777);
    if (process.getuid?.() === 0) chownSync(whole, before.uid, before.gid);
  }
  renameSync(whole, placeInside(root, name));
}

/**
 * Absolute path of a file that may be written below `root`: every existing component is a folder, the last one a regular file.
 * @throws UserError that names the first component of another type.
 */
export function placeInside(root: string, name: string): string {
  const parts = name.split(sep);
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`not a path inside a folder: ${name}`);
  let path = resolve(root);
  for (const [index, part] of parts.entries()) {
    path = join(path, part);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    const last = index === parts.length - 1;
    if (last ? !found.isFile() : !found.isDirectory()) throw refused(path, found, last ? 'a file' : 'a folder');
  }
  return path;
}

/**
 * Checks a folder before it is written into for a longer time.
 * @throws UserError that names the first entry that is neither a folder nor a regular file.
 */
export function refuseLinksInside(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(resolve(root), entry.name);
    if (entry.isDirectory()) refuseLinksInside(path);
    else if (!entry.isFile()) throw refused(path, lstatSync(path), 'a file or a folder');
  }
}

function refused(path: string, found: Stats, wanted: string): UserError {
  return new UserError({
    what: `${kindOf(found)} is in the place of ${wanted}`,
    where: path,
    why: 'only folders and regular files are written to here, because a link could lead to any of your files',
    next: 'inspect and remove it, then run the command again',
    kind: 'input',
  });
}

/** The type of a file, for messages. */
export function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'a link';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO';
  if (found.isCharacterDevice()) return 'a device';
  if (found.isBlockDevice()) return 'a disk';
  if (found.isSocket()) return 'a socket';
  return 'a file';
}
