import { createHash } from 'node:crypto';
import { existsSync, openSync, readSync, closeSync, renameSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DebKernelSource, FileKernelSource } from '../../../config/plan.js';
import { AptSuite, sha256Of, type DebianMirrors, type DebPackage } from '../../../host/apt.js';
import { cacheFolder, scratchFolder } from '../../../host/cache.js';
import { withLock } from '../../../host/lock.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';

/** A kernel whose content is fixed and lies on this host. */
export interface ResolvedKernel {
  release: string;
  /** Path of the bzImage. */
  vmlinuz: string;
  /** A folder for `depmod -b` and `modprobe -d`: it holds lib/modules/<release>. Null if the kernel has no modules. */
  moduleRoot: string | null;
  source: 'deb' | 'file';
  package: string | null;
  version: string | null;
  origin: string;
  sha256: string;
  files: { name: string; sha256: string }[];
}

/**
 * Finds, downloads, verifies and extracts a Debian kernel. From 6.18 on Debian splits a kernel into several packages
 * that need each other at the exact version; all of them are taken.
 */
export async function resolveDebKernel(
  source: DebKernelSource,
  mirrors: DebianMirrors,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  const suite = await AptSuite.open(source.suite, mirrors, options.signal);
  if (suite.stale) options.onProgress(`${source.suite} does not answer: its index as fetched before is used`);
  const image = await suite.newest(source.package, source.version, options.signal);
  if (source.sha256 && source.sha256 !== image.sha256) {
    throw new UserError({
      what: `${image.package} ${image.version} has sha256 ${image.sha256}`,
      where: `the index of ${source.suite}; kernels.yaml wants ${source.sha256}`,
      next: 'check which of the two is meant, then correct sha256: or version: in kernels.yaml',
    });
  }
  const parts: DebPackage[] = [image];
  for (const part of parts) {
    for (const need of part.exactDepends.filter((each) => /^linux-(base|binary|modules|image)-/.test(each.package))) {
      if (parts.some((each) => each.package === need.package)) continue;
      parts.push(await suite.newest(need.package, need.version, options.signal));
    }
  }
  const files: string[] = [];
  for (const part of parts) {
    options.onProgress(`${part.package} ${part.version} (${(part.bytes / 1e6).toFixed(0)} MB)`);
    files.push(await suite.download(part, options.signal));
  }
  const folder = await extract(image.sha256, files, options.signal);
  const boot = await readdir(join(folder, 'boot'));
  const name = boot.find((each) => each.startsWith('vmlinuz-'));
  if (!name) throw new UserError({ what: `${image.package} holds no boot/vmlinuz-*`, where: source.package });
  const release = name.slice('vmlinuz-'.length);
  return {
    release,
    vmlinuz: join(folder, 'boot', name),
    moduleRoot: folder,
    source: 'deb',
    package: image.package,
    version: image.version,
    origin: `${image.suite}: ${image.filename}`,
    sha256: image.sha256,
    files: parts.map((part) => ({ name: basename(part.filename), sha256: part.sha256 })),
  };
}

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

/**
 * The release a bzImage will report, read from its header (Documentation/arch/x86/boot.rst: magic HdrS at 0x202,
 * kernel_version at 0x20e points 0x200 before a string whose first word is the release).
 * @throws UserError if the file is missing or no bzImage.
 */
export function bzImageRelease(path: string): string {
  let bytes: Buffer;
  try {
    const file = openSync(path, 'r');
    bytes = Buffer.alloc(0x10000);
    bytes = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    closeSync(file);
  } catch (error) {
    throw new UserError({
      what: `the kernel ${path} cannot be read`,
      why: error instanceof Error ? error.message : String(error),
      next: 'path: names a bzImage, taken from the directory of kernels.yaml',
      cause: error,
    });
  }
  const refuse = (why: string) =>
    new UserError({
      what: `${path} is no bzImage`,
      why,
      next: 'give the arch/x86/boot/bzImage of the build, or the /boot/vmlinuz-* of a package; an ELF vmlinux does not boot',
    });
  if (bytes.length < 0x210 || bytes.toString('latin1', 0x202, 0x206) !== 'HdrS') {
    throw refuse(bytes.toString('latin1', 1, 4) === 'ELF' ? 'it is an ELF file' : 'it has no Linux boot header');
  }
  const at = bytes.readUInt16LE(0x20e) + 0x200;
  const text = bytes.toString('latin1', at, Math.max(bytes.indexOf(0, at), at));
  const release = text.split(' ')[0] ?? '';
  if (!/^\d+\.\d+[A-Za-z0-9._+~-]*$/.test(release)) throw refuse('its header names no release');
  return release;
}

/** Extracts packages into the cache once; the folder's name is the hash of what is in it. */
async function extract(key: string, debs: string[], signal: AbortSignal): Promise<string> {
  const folder = join(cacheFolder('kernels'), key);
  if (existsSync(folder)) return folder;
  return withLock(folder, { signal }, async () => {
    if (existsSync(folder)) return folder;
    const stage = scratchFolder('kernel');
    try {
      for (const deb of debs) {
        await runTool('dpkg-deb', ['-x', deb, stage], { timeout: 300, purpose: `extracting ${basename(deb)}`, signal });
      }
      // A package built for a merged /usr has its modules below usr/lib.
      if (!existsSync(join(stage, 'lib')) && existsSync(join(stage, 'usr/lib/modules'))) {
        await symlink('usr/lib', join(stage, 'lib'));
      }
      const modules = join(stage, 'lib/modules');
      for (const release of existsSync(modules) ? await readdir(modules) : []) await depmod(stage, release, signal);
      renameSync(stage, folder);
      return folder;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  });
}

/** Gives a user's modules directory the place below which depmod and modprobe look, without touching it. */
async function linkModules(key: string, release: string, modules: string): Promise<string> {
  const folder = join(cacheFolder('kernels'), `file-${key.slice(0, 32)}-${release}`);
  if (existsSync(folder)) return folder;
  return withLock(folder, {}, async () => {
    if (existsSync(folder)) return folder;
    const stage = scratchFolder('kernel');
    try {
      await mkdir(join(stage, 'lib/modules'), { recursive: true });
      await runTool('cp', ['-rL', modules, join(stage, 'lib/modules', release)], {
        timeout: 300,
        purpose: 'copying the modules directory',
      });
      await depmod(stage, release);
      renameSync(stage, folder);
      return folder;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  });
}

async function depmod(root: string, release: string, signal?: AbortSignal): Promise<void> {
  await runTool('/sbin/depmod', ['-b', root, release], {
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
