import { existsSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FileKernelSource } from '../config/plan.js';
import { sha256Of } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { bzImageRelease } from './bz-image.js';
import { checkModules } from './modules-folder.js';
import { keepTree, treeHash } from './tree.js';
import type { ResolvedKernel } from './resolved-kernel.js';

/** Takes a bzImage of the user's own, with its modules if there are any. */
export async function resolveFileKernel(source: FileKernelSource): Promise<ResolvedKernel> {
  const release = bzImageRelease(source.path);
  const files = [{ name: basename(source.path), sha256: await sha256Of(source.path) }];
  let moduleRoot: string | null = null;
  if (source.modules !== undefined) {
    if (!existsSync(source.modules) || !statSync(source.modules).isDirectory()) {
      throw new UserError({
        what: `the modules directory ${source.modules} is not there`,
        where: `kernel ${source.path}`,
        next: `modules: is the directory that make modules_install wrote, .../lib/modules/${release}`,
      });
    }
    await checkModules(source.modules, release);
    files.push({ name: basename(source.modules), sha256: await treeHash(source.modules) });
    moduleRoot = await linkModules(files[1]!.sha256, release, source.modules);
  }
  return {
    release,
    vmlinuz: source.path,
    moduleRoot,
    source: 'file',
    package: null,
    version: null,
    origin: source.path,
    sha256: files[0]!.sha256,
    files,
  };
}

/** Gives a user's modules directory the place below which depmod and modprobe look, without touching it. */
async function linkModules(key: string, release: string, modules: string): Promise<string> {
  return keepTree(`file-${key.slice(0, 32)}-${release}`, undefined, async (stage) => {
    await mkdir(join(stage, 'lib/modules'), { recursive: true });
    // make modules_install leaves links to the whole source tree, or to one that is gone.
    const left = ['build', 'source'].map((name) => join(modules, name));
    await cp(modules, join(stage, 'lib/modules', release), {
      recursive: true,
      dereference: true,
      filter: (path) => !left.includes(path),
    });
  });
}
