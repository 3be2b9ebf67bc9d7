import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { homeFolder } from './home.js';
import { UserError } from './user-error.js';

/**
 * Where downloads, userlands, images and the state of running machines are kept between runs:
 * $KERNEL_MATRIX_CACHE, else $XDG_CACHE_HOME/kernel-matrix, else ~/.cache/kernel-matrix.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  // Absolute, whatever a program is started in; and no path below it begins with a dash.
  if (env['KERNEL_MATRIX_CACHE']) return resolve(env['KERNEL_MATRIX_CACHE']);
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  // A path that is not absolute is to be ignored (XDG Base Directory Specification).
  return join(isAbsolute(xdg) ? xdg : join(homeFolder(env), '.cache'), 'kernel-matrix');
}

/** A folder of the cache, made if missing. */
export function cacheFolder(...rest: string[]): string {
  const folder = join(cacheRoot(), ...rest);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Makes a folder that was not there, for one owner alone and for nobody else to look into. Runs that start in the same
 * second have the same name, in different folders of runs: what they want to call their machines is then the same too.
 * @param root folder it goes into.
 * @returns its name: the wanted one, or where that is taken `<wanted>-x2`, `-x3`, …
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

/** Writes a file that is nobody else's to read. */
export function writePrivate(file: string, content: string | Buffer): void {
  // An earlier one may be readable, and the mode counts only for a file that is made.
  if (existsSync(file)) chmodSync(file, 0o600);
  writeFileSync(file, content, { mode: 0o600 });
}

/** Free space for an ordinary user on the disk that holds `folder`, in MiB. */
export function freeDiskMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** A disk has less space than is asked for. */
export class NoSpace extends UserError {}

/** @throws NoSpace if the disk of `folder` has less than `mib` MiB for what is about to be made. */
export function requireSpace(folder: string, mib: number, purpose: string): void {
  const free = freeDiskMib(folder);
  if (free >= mib) return;
  throw new NoSpace({
    what: `${free} MiB are free, ${mib} MiB are needed to build ${purpose}`,
    where: folder,
    next: 'free some space (npm run clean -- --cache drops old images), or set KERNEL_MATRIX_CACHE to a larger disk',
  });
}

/**
 * A new folder for work in progress. What is made in it is renamed into place when it is whole; the folder carries this
 * process's number, so that `sweepScratch` knows whose it was.
 */
export function scratchFolder(purpose: string): string {
  return mkdtempSync(join(cacheFolder('tmp'), `${purpose}-${process.pid}-`));
}

/** Removes the work in progress of processes that are gone; returns how many folders went. */
export function sweepScratch(): number {
  const root = cacheFolder('tmp');
  const stale = readdirSync(root).filter((name) => !existsSync(`/proc/${/-(\d+)-[^-]*$/.exec(name)?.[1] ?? 0}`));
  for (const name of stale) rmSync(join(root, name), { recursive: true, force: true });
  return stale.length;
}
