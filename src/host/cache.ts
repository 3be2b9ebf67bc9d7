import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { homeFolder } from './home.js';
import { UserError } from './user-error.js';

/**
 * The folder for downloads, userlands, images and the state of running machines: $KERNEL_MATRIX_CACHE, or else
 * $XDG_CACHE_HOME/kernel-matrix, or else ~/.cache/kernel-matrix.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  // Absolute, so that it is valid in every working directory and no path below it begins with a dash.
  if (env['KERNEL_MATRIX_CACHE']) return resolve(env['KERNEL_MATRIX_CACHE']);
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  // A relative path must be ignored (XDG Base Directory Specification).
  return join(isAbsolute(xdg) ? xdg : join(homeFolder(env), '.cache'), 'kernel-matrix');
}

/** A folder of the cache, created if missing. */
export function cacheFolder(...rest: string[]): string {
  const folder = join(cacheRoot(), ...rest);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Creates a new private folder (0700). Runs that start in the same second, in different runs folders, want the same names for their
 * machines.
 * @param root the parent folder.
 * @returns its name: the wanted one, or `<wanted>-x2`, `-x3`, … if it exists.
 */
export function claimFolder(root: string, wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-x${n}`;
    try {
      mkdirSync(join(root, name), { mode: 0o700 });
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Writes a file that only this user can read. */
export function writePrivate(file: string, content: string | Buffer): void {
  // An existing file may be readable by others, and `mode` applies only to new files.
  if (existsSync(file)) chmodSync(file, 0o600);
  writeFileSync(file, content, { mode: 0o600 });
}

/** Free space for an ordinary user on the disk that holds `folder`, in MiB. */
export function freeDiskMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** A disk has too little space. */
export class NoSpace extends UserError {}

/** @throws NoSpace if the disk of `folder` has less than `mib` MiB of free space. */
export function requireSpace(folder: string, mib: number, purpose: string): void {
  const free = freeDiskMib(folder);
  if (free >= mib) return;
  throw new NoSpace({
    what: `${free} MiB are free, ${mib} MiB are needed for ${purpose}`,
    where: folder,
    next: 'free some space (npm run clean -- --cache removes old images), or set KERNEL_MATRIX_CACHE to a larger disk',
  });
}

/**
 * Creates a folder for work in progress. Results are renamed into place when they are complete. The name contains this process's pid for
 * `sweepScratch`.
 */
export function scratchFolder(purpose: string): string {
  return mkdtempSync(join(cacheFolder('tmp'), `${purpose}-${process.pid}-`));
}

/** Removes the scratch folders of dead processes. @returns the number of removed folders. */
export function sweepScratch(): number {
  const root = cacheFolder('tmp');
  const stale = readdirSync(root).filter((name) => !existsSync(`/proc/${/-(\d+)-[^-]*$/.exec(name)?.[1] ?? 0}`));
  for (const name of stale) rmSync(join(root, name), { recursive: true, force: true });
  return stale.length;
}
