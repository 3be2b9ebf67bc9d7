import { createHash } from 'node:crypto';
import { copyFileSync, constants, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../host/write-file.js';
import { cacheFolder, cacheRoot, freeDiskMib, scratchFolder } from '../../host/cache.js';
import type { SavedBoot } from '../machine.js';

/** Raised when an older program's snapshots must not be used: when what is done to a machine before it is saved changes. */
const FORMAT = 1;
/** Snapshots kept; the oldest beyond it go. */
const KEEP = 12;
/** Free disk that must be left after one has been saved: a snapshot has the guest's used memory and what it wrote, about 600 MiB. */
const SPACE_MIB = 3000;

/** Everything a snapshot depends on; another value of any is another snapshot. */
export interface SnapshotRecipe {
  /** The hash of the base image, and so of userland, kernels, menu, Docker and the guest's own files. */
  image: string;
  /** The row, by which the menu knows its kernel. */
  row: string;
  /** QEMU's arguments without what differs from machine to machine. */
  arguments: string[];
  /** `qemu-system-x86_64 --version`: the state's format is its own. */
  qemu: string;
  /** The host's processor where it shows through (kvm); null under emulation. */
  processor: string | null;
}

/** A snapshot on disk. */
export interface Snapshot extends SavedBoot {
  /** Its guest's memory and devices. */
  state: string;
  /** Its disk, a qcow2 on top of the base image. */
  disk: string;
}

/** What a snapshot is known by. */
export function snapshotKey(recipe: SnapshotRecipe): string {
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, recipe]))
    .digest('hex')
    .slice(0, 16);
}

/** The snapshot of a key; null if there is none that is whole. */
export function findSnapshot(key: string): Snapshot | null {
  const folder = join(cacheRoot(), 'snapshots', key);
  try {
    const saved = JSON.parse(readFileSync(join(folder, 'saved.json'), 'utf8')) as SavedBoot;
    const [state, disk] = [join(folder, 'state'), join(folder, 'disk.qcow2')];
    return saved.key === key && existsSync(state) && existsSync(disk) ? { ...saved, state, disk } : null;
  } catch {
    return null;
  }
}

/** Forgets a snapshot: one that did not start is of no use to the next run either. */
export function dropSnapshot(key: string): void {
  rmSync(join(cacheRoot(), 'snapshots', key), { recursive: true, force: true });
}

/** True if the disk has room for one more. */
export function roomForSnapshot(): boolean {
  return freeDiskMib(cacheFolder('snapshots')) >= SPACE_MIB;
}

/**
 * Makes a snapshot: it is put together in a scratch folder and renamed into place whole. Of two runs that make the same one the
 * first counts.
 * @param write writes the state into a file, after which `overlay` must not change until this returns.
 */
export async function keepSnapshot(
  saved: SavedBoot,
  overlay: string,
  write: (file: string) => Promise<void>,
): Promise<void> {
  const folder = scratchFolder('snapshot');
  try {
    await write(join(folder, 'state'));
    copyFileSync(overlay, join(folder, 'disk.qcow2'), constants.COPYFILE_FICLONE);
    writeWhole(join(folder, 'saved.json'), `${JSON.stringify(saved, null, 2)}\n`);
    const target = join(cacheFolder('snapshots'), saved.key);
    try {
      renameSync(folder, target);
    } catch (error) {
      // ENOTEMPTY, EEXIST: another run has just created it.
      if (!existsSync(join(target, 'saved.json'))) throw error;
    }
    dropOld(saved.key);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes the oldest snapshots, and those whose base image is gone. */
function dropOld(justMade: string): void {
  const root = cacheFolder('snapshots');
  const images = join(cacheRoot(), 'images');
  const all = readdirSync(root)
    .map((key) => ({ key, snapshot: findSnapshot(key), age: statSync(join(root, key)).mtimeMs }))
    .sort((a, b) => b.age - a.age);
  for (const [index, { key, snapshot }] of all.entries()) {
    if (key === justMade) continue;
    if (snapshot === null || index >= KEEP || !existsSync(join(images, snapshot.image))) dropSnapshot(key);
  }
}
