/** Copying from a folder that came from elsewhere: what is in it, and nothing that it points to. */
import { closeSync, constants, copyFileSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placeInside } from './write-file.js';

/** A path below a folder; `name` is relative, with `/`. */
export interface Inside {
  root: string;
  name: string;
}

/**
 * Copies a file, or a folder and all below it. Only folders and regular files count: a link, a device or a FIFO is left out, and so is
 * all that lies behind a link on the way.
 * @param leave names of files that are left out wherever they are, without being told.
 * @returns paths of what was left out for what it is.
 */
export function copyInside(from: Inside, to: Inside, leave: readonly string[] = []): string[] {
  const left: string[] = [];
  const path = realInside(from, left);
  if (path === null) return left;
  if (lstatSync(path).isDirectory()) {
    for (const entry of readdirSync(path)) {
      if (leave.includes(entry)) continue;
      const part = (side: Inside): Inside => ({ root: side.root, name: `${side.name}/${entry}` });
      for (const each of copyInside(part(from), part(to), leave)) left.push(each);
    }
    return left;
  }
  const target = placeInside(to.root, to.name);
  mkdirSync(dirname(target), { recursive: true });
  copyRegular(path, target);
  return left;
}

/** Through the open file, which cannot become a link between looking and copying. */
function copyRegular(path: string, target: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (fstatSync(descriptor).isFile()) copyFileSync(`/proc/self/fd/${descriptor}`, target, constants.COPYFILE_EXCL);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Names in a folder; none if it is not there, or no folder.
 * @param left takes its path if it is a link, or something else that is not looked into.
 */
export function namesInside(root: string, name: string, left: string[]): string[] {
  const path = realInside({ root, name }, left);
  return path !== null && lstatSync(path).isDirectory() ? readdirSync(path) : [];
}

/** Null if it is not there, or if it or a folder on the way is no folder or regular file; the latter is put into `left`. */
function realInside({ root, name }: Inside, left: string[]): string | null {
  let path = root;
  for (const part of name.split('/')) {
    if (path !== root && !lstatSync(path).isDirectory()) return null;
    path = join(path, part);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (found.isDirectory() || found.isFile()) continue;
    left.push(path);
    return null;
  }
  return path;
}
