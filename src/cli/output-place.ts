/** Where results may be written: never over a journal, evidence of a run, a configuration or a baseline. */
import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { placeOf, writeNamed } from '../host/named-file.js';
import { placeInside } from '../host/write-file.js';
import { UserError } from '../host/user-error.js';
import { lockFileOf } from '../artifact/lock-file.js';
import { baselineFileOf, JOURNAL } from './paths.js';

/** A file that no result may replace. */
export interface Kept {
  file: string;
  /** For the message: `the lock file`. */
  what: string;
}

/** The configuration and the files beside it. */
export function keptBeside(config: string): Kept[] {
  return [
    { file: config, what: 'the configuration' },
    { file: lockFileOf(config), what: 'the lock file' },
    { file: baselineFileOf(config), what: 'the baseline' },
  ];
}

/** File names that are reserved in any folder. */
const NAMES = new Map([
  [JOURNAL, 'the journal of a run'],
  ['owner.json', 'the mark of a run that is under way'],
  ['kernels.yaml', 'a configuration'],
  ['kernels.lock', 'a lock file'],
]);

/** Writes a result to a path that the user names. @throws UserError if results may not be written there; else as `writeNamed`. */
export async function writeResult(file: string, content: string, kept: readonly Kept[] = []): Promise<void> {
  refusePlace(file, kept);
  await writeNamed(file, content);
}

/**
 * @throws UserError if a result at this path would replace a journal (under any name or link), evidence of a run or one of `kept`,
 * or if a link inside a run's folder leads there.
 */
export function refusePlace(file: string, kept: readonly Kept[] = []): void {
  const named = resolve(file);
  refuseInRun(named);
  const { path, descriptor } = placeOf(named);
  if (descriptor !== null) return;
  if (path !== named) refuseInRun(path);
  const what = NAMES.get(basename(path));
  if (what !== undefined) throw refused(file, what);
  const found = statSync(path, { throwIfNoEntry: false });
  for (const each of kept) if (isSame(path, found, each.file)) throw refused(file, each.what);
  if (found?.isFile() && isJournal(path)) throw refused(file, 'the journal of a run');
}

function refused(file: string, what: string): UserError {
  return new UserError({
    what: `${file} is ${what} and must not be replaced`,
    where: resolve(file),
    next: 'name another file; nothing was written',
    kind: 'input',
  });
}

/** In a run's folder, refuses links and paths of evidence. */
function refuseInRun(path: string): void {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (lstatSync(join(folder, JOURNAL), { throwIfNoEntry: false }) === undefined) continue;
    const name = relative(folder, path);
    placeInside(folder, name);
    if (/^(?:kernels|machines)\//.test(name)) throw refused(path, 'evidence of a run');
    return;
  }
}

function isSame(path: string, found: Stats | undefined, other: string): boolean {
  const place = placeOf(other).path;
  if (place === path) return true;
  const stat = statSync(place, { throwIfNoEntry: false });
  return found !== undefined && stat !== undefined && stat.dev === found.dev && stat.ino === found.ino;
}

/** Looks at the first bytes, so that a hard link, a copy and a journal with another name are found too. */
function isJournal(path: string): boolean {
  const start = Buffer.alloc(64);
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    // A file that cannot be read: writing to it reports what is wrong.
    return false;
  }
  try {
    const length = readSync(descriptor, start);
    return /^\{"v":\d{1,9},"seq":1,/.test(start.toString('latin1', 0, length));
  } finally {
    closeSync(descriptor);
  }
}

/** A key that is the same for all names of one place, links included; `null` stands for stdout. */
export function placeKey(file: string | null): string {
  const place = file === null ? { path: '', descriptor: 1 } : placeOf(file);
  const found = place.descriptor === null ? statSync(place.path, { throwIfNoEntry: false }) : stat(place.descriptor);
  // A device may have two writers; two results with the same path are a mistake.
  if (found?.isFile() || found?.isFIFO()) return `${found.dev}:${found.ino}`;
  return place.descriptor === null ? place.path : `descriptor ${place.descriptor}`;
}

function stat(descriptor: number): Stats | undefined {
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
}
