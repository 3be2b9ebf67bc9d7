/** The one way in which files come about that others may read: whole or not at all, and through no link. */
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
 * Puts a file in place of what has its name, whole and synced, or leaves everything as it was. Mode and owner of a file that was there are kept. What killed writers left in the folder is removed.
 * @throws UserError if a link, a folder, a device or a FIFO has that name; else the error of node:fs, with `file` as its path.
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

/** Writes all of it; a nearly full disk takes a part, then says why it takes no more. @throws the error of node:fs. */
export function writeAll(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

/**
 * Writes a file below a folder of the program's own, where it makes the folders that are missing. The folder may have come from
 * elsewhere, an archive say: nothing in it is followed or written to but folders and regular files.
 * @param root itself may be reached through a link: it was named by the user.
 * @param name relative, with `/`.
 * @throws UserError for a link, a device, a FIFO or a folder where a file is to be; the error of node:fs.
 */
export function writeInside(root: string, name: string, content: string | Uint8Array): void {
  const file = placeInside(root, name);
  mkdirSync(dirname(file), { recursive: true });
  // A folder may have been put in place of what was looked at; the file itself is replaced, never followed.
  writeWhole(placeInside(root, name), content);
}

/**
 * Puts a file that is whole in place of what has its name below a folder of the program's own, as {@link writeInside} does.
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
 * Absolute path of what may be written below `root`: every component that is there is a folder, the last one a regular file.
 * @throws UserError naming the first component that is something else.
 */
export function placeInside(root: string, name: string): string {
  const parts = name.split(sep);
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error(`no name inside: ${name}`);
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
 * Looks through a folder that is to be written into for a while.
 * @throws UserError naming the first thing that is neither a folder nor a regular file.
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
    what: `${kindOf(found)} stands where ${wanted} is to be written`,
    where: path,
    why: 'what is written here must stay here: it might be led to any file of yours',
    next: 'look at it and remove it, then run the command again',
    kind: 'input',
  });
}

/** What a path is, in words. */
export function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'a link';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO';
  if (found.isCharacterDevice()) return 'a device';
  if (found.isBlockDevice()) return 'a disk';
  if (found.isSocket()) return 'a socket';
  return 'a file';
}
