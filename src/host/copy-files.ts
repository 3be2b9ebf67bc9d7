/** Copying from an untrusted folder: only its own content, and nothing that its links point to. */
import { closeSync, constants, copyFileSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placeInside } from './write-file.js';

/** A path below a folder; `name` is relative, with `/`. */
export interface Inside {
  root: string;
  name: string;
}

/**
 * Copies a file, or a folder with everything below it. Only folders and regular files are copied; links, devices, FIFOs, and everything
 * behind a link, are skipped.
 * @param leave names of files to skip everywhere, without reporting them.
 * @returns paths that were skipped because of their type.
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

/** Copies through the open file, which cannot become a link between the check and the copy. */
function copyRegular(path: string, target: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (fstatSync(descriptor).isFile()) copyFileSync(`/proc/self/fd/${descriptor}`, target, constants.COPYFILE_EXCL);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Names in a folder; none if it does not exist or is not a folder.
 * @param left receives its path if it is a link or has another type that is skipped.
 */
export function namesInside(root: string, name: string, left: string[]): string[] {
  const path = realInside({ root, name }, left);
  return path !== null && lstatSync(path).isDirectory() ? readdirSync(path) : [];
}

/** The path; null if it does not exist, or if it or a parent is not a folder or regular file, whose path is then added to `left`. */
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
