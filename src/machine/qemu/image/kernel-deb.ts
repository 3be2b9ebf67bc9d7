import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DebKernelSource } from '../../../config/plan.js';
import { AptSuite, type DebianMirrors, type DebPackage } from '../../../host/apt.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import { keepTree, mergeUsr } from './kernel-tree.js';
import type { ResolvedKernel } from './resolved-kernel.js';

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

/** Extracts packages into the cache once; the folder's name is the hash of what is in it. */
async function extract(key: string, debs: string[], signal: AbortSignal): Promise<string> {
  return keepTree(key, signal, async (stage) => {
    for (const deb of debs) {
      await runTool('dpkg-deb', ['-x', '--', deb, stage], {
        timeout: 300,
        purpose: `extracting ${basename(deb)}`,
        signal,
      });
    }
    await mergeUsr(stage);
  });
}
