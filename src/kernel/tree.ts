import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { cp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../host/apt.js';
import { cacheFolder, scratchFolder } from '../host/cache.js';
import { withLock } from '../host/lock.js';
import { runTool } from '../host/tool.js';

/**
 * Makes a folder of a kernel's files in the cache once, with its modules indexed.
 * @param key names what is in it; the same key is never filled twice.
 * @param fill puts boot/ and lib/modules/<release> into the folder it is given.
 */
export async function keepTree(
  key: string,
  signal: AbortSignal | undefined,
  fill: (stage: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder('kernels'), key);
  if (existsSync(folder)) return folder;
  return withLock(folder, { signal }, async () => {
    if (existsSync(folder)) return folder;
    const stage = scratchFolder('kernel');
    try {
      await fill(stage);
      const modules = join(stage, 'lib/modules');
      for (const release of existsSync(modules) ? await readdir(modules) : []) await depmod(stage, release, signal);
      renameSync(stage, folder);
      return folder;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  });
}

/**
 * Packages built for a merged /usr have their modules below usr/lib; depmod and modprobe look below lib. Where several packages
 * of a kernel differ in that, all is brought together below lib.
 */
export async function mergeUsr(stage: string): Promise<void> {
  const merged = join(stage, 'usr/lib/modules');
  const modules = join(stage, 'lib/modules');
  if (!existsSync(merged)) return;
  if (!existsSync(join(stage, 'lib'))) {
    await symlink('usr/lib', join(stage, 'lib'));
    return;
  }
  if ((await realpath(join(stage, 'lib'))) === (await realpath(join(stage, 'usr/lib')))) return;
  await cp(merged, modules, { recursive: true, verbatimSymlinks: true });
  await rm(merged, { recursive: true });
}

async function depmod(root: string, release: string, signal?: AbortSignal): Promise<void> {
  await runTool('/sbin/depmod', ['-b', root, '--', release], {
    timeout: 120,
    purpose: `indexing the modules of ${release}`,
    signal,
  });
}

/** One hash over every file of a tree: names and content. */
export async function treeHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) hash.update(`${path.slice(folder.length)}\0${await sha256Of(path)}\n`);
  return hash.digest('hex');
}
