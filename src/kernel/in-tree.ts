import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../host/user-error.js';
import { bzImageRelease } from './bz-image.js';
import { checkModules, firstModule } from './modules-folder.js';
import type { ResolvedKernel } from './resolved-kernel.js';

/** Where a package's files lie and what to say of it if they do not serve. */
interface KernelTree {
  /** Of the unpacked files. */
  folder: string;
  /** The package's name, for messages. */
  name: string;
  where: string;
  /** What to do if it holds no kernel. */
  next: string;
}

/**
 * The kernel among the files of unpacked packages: deb and RPM, old layouts and new ones. vmlinuz lies in boot/ (Debian before
 * 7.2, el7) or in lib/modules/<release>/ or usr/lib/modules/<release>/ (Debian from 7.2 on, el8 and later, Fedora). The release is
 * that of the kernel's own header, not of a file name.
 * @throws UserError if there is none, several of different releases, no bzImage, or modules of another release.
 */
export async function kernelInTree(
  tree: KernelTree,
): Promise<Pick<ResolvedKernel, 'release' | 'vmlinuz' | 'moduleRoot'>> {
  const { folder, name, where } = tree;
  const found = new Map<string, string>();
  for (const path of await vmlinuzPaths(folder)) {
    const release = bzImageRelease(path);
    if (!found.has(release)) found.set(release, path);
  }
  const [first, ...others] = found;
  if (first === undefined) {
    throw new UserError({
      what: `${name} holds no kernel`,
      where,
      why: 'it has neither boot/vmlinuz-* nor lib/modules/*/vmlinuz nor usr/lib/modules/*/vmlinuz',
      next: tree.next,
    });
  }
  if (others.length > 0) {
    throw new UserError({
      what: `${name} holds several kernels: ${[...found.keys()].join(', ')}`,
      where,
      next: 'name a package that holds one',
    });
  }
  const [release, vmlinuz] = first;
  const modules = join(folder, 'lib/modules');
  const own = join(modules, release);
  for (const other of await foldersIn(modules)) {
    if (other === release || (await firstModule(join(modules, other))) === null) continue;
    throw new UserError({
      what: `${name} has modules of ${other}, its kernel is ${release}`,
      where,
      next: 'give the packages of one build',
    });
  }
  if (!existsSync(own)) return { release, vmlinuz, moduleRoot: null };
  await checkModules(own, release);
  return { release, vmlinuz, moduleRoot: folder };
}

async function vmlinuzPaths(folder: string): Promise<string[]> {
  const boot = (await namesIn(join(folder, 'boot')))
    .filter((each) => /^vmlinuz(?:-|$)/.test(each))
    .map((each) => join(folder, 'boot', each));
  const beside: string[] = [];
  for (const modules of ['lib/modules', 'usr/lib/modules'].map((each) => join(folder, each))) {
    for (const release of await foldersIn(modules)) {
      const path = join(modules, release, 'vmlinuz');
      if (existsSync(path)) beside.push(path);
    }
  }
  return [...boot, ...beside];
}

async function foldersIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function namesIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
}
