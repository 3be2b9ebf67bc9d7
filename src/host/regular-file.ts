import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from './user-error.js';

/**
 * Opens a file of an untrusted run folder for reading. A FIFO would block the program, a device may never end, and a link may lead to
 * any file of this host.
 * @returns the file descriptor, which the caller closes.
 * @throws UserError if it is not a regular file; the error of node:fs if it cannot be opened.
 */
export function openRegular(file: string): number {
  let descriptor: number;
  try {
    // With O_NONBLOCK, open(2) of a FIFO without a writer returns at once.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw notRegular(file, 'it is a symbolic link');
    // A socket (open(2)).
    if (code === 'ENXIO') throw notRegular(file, 'it is a socket or a device without a driver');
    throw error;
  }
  const stats = fstatSync(descriptor);
  if (stats.isFile()) return descriptor;
  closeSync(descriptor);
  throw notRegular(
    file,
    stats.isDirectory() ? 'it is a directory' : stats.isFIFO() ? 'it is a FIFO' : 'it is a device',
  );
}

/**
 * The text at the beginning of such a file.
 * @param most maximum number of bytes to read.
 * @throws as {@link openRegular}.
 */
export function readRegularStart(file: string, most: number): string {
  const descriptor = openRegular(file);
  try {
    const bytes = Buffer.alloc(Math.min(most, fstatSync(descriptor).size));
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function notRegular(file: string, why: string): UserError {
  return new UserError({
    what: 'this is not a regular file, so it is not read',
    where: file,
    why,
    next: 'put a regular file in its place, or leave this folder out',
    kind: 'input',
  });
}
