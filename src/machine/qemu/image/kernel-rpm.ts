import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RpmKernelSource } from '../../../config/plan.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import type { LocalFile } from '../local-file.js';
import { bzImageRelease } from './bz-image.js';
import { keepTree, mergeUsr } from './kernel-tree.js';
import type { ResolvedKernel } from './resolved-kernel.js';
import { unpackRpm } from './rpm-payload.js';

/**
 * Extracts a kernel RPM into the cache once. None of its scripts runs and nothing is installed; its signature or hash has
 * been verified before (src/artifact).
 * @throws UserError if there is no such file, it is no binary package for this architecture, or it holds no kernel.
 */
export async function resolveRpmKernel(
  source: Pick<RpmKernelSource, 'rpm'>,
  rpm: LocalFile | undefined,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  if (!rpm) {
    throw new UserError({
      what: `${source.rpm} is not there`,
      where: 'rpm: of the row in kernels.yaml',
      why: 'it was not among the files fetched for this run',
      next: 'npm run doctor tells where it could be had',
    });
  }
  const { name, version } = await readHeader(rpm, options.signal);
  options.onProgress(`extracting ${rpm.name}`);
  const folder = await keepTree(rpm.sha256, options.signal, async (stage) => {
    await unpackRpm(rpm.path, rpm.name, stage, options.signal);
    await mergeUsr(stage);
  });
  const vmlinuz = await findVmlinuz(folder);
  if (vmlinuz === null) {
    throw new UserError({
      what: `${rpm.name} holds no kernel`,
      where: rpm.place,
      why: 'it has neither boot/vmlinuz-* nor lib/modules/*/vmlinuz',
      next: 'distributions that split the kernel have it in kernel-core-*.rpm, not in kernel-*.rpm or kernel-modules-*.rpm',
    });
  }
  const release = bzImageRelease(vmlinuz);
  return {
    release,
    vmlinuz,
    moduleRoot: existsSync(join(folder, 'lib/modules', release)) ? folder : null,
    source: 'rpm',
    package: name,
    version,
    origin: rpm.place,
    sha256: rpm.sha256,
    files: [{ name: rpm.name, sha256: rpm.sha256 }],
  };
}

/** Name and version out of the RPM's header. @throws UserError for a source RPM or another architecture. */
async function readHeader(rpm: LocalFile, signal: AbortSignal): Promise<{ name: string; version: string }> {
  // Signatures were checked with the pinned key; the host's own rpm database knows no key of CentOS.
  const format = '%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %|SOURCERPM?{binary}:{source}|\\n';
  const { stdout } = await runTool('rpm', ['-qp', '--nosignature', '--nodigest', '--qf', format, '--', rpm.path], {
    timeout: 60,
    purpose: `reading the header of ${rpm.name}`,
    signal,
  });
  const [name = '', version = '', architecture = '', kind = ''] = stdout.trim().split(' ');
  if (kind === 'source') {
    throw new UserError({
      what: `${rpm.name} is a source RPM`,
      where: rpm.place,
      why: 'it holds what a kernel is built from, not a kernel',
      next: `give the binary package: its name ends in .x86_64.rpm`,
    });
  }
  if (architecture !== 'x86_64' && architecture !== 'noarch') {
    throw new UserError({
      what: `${rpm.name} is for ${architecture}`,
      where: rpm.place,
      why: 'the guest is x86_64',
      next: `give the package for x86_64`,
    });
  }
  return { name, version };
}

/** Older kernel packages have boot/vmlinuz-<release>; those of el8 and Fedora lib/modules/<release>/vmlinuz. */
async function findVmlinuz(folder: string): Promise<string | null> {
  const boot = join(folder, 'boot');
  const own = existsSync(boot) ? (await readdir(boot)).find((each) => each.startsWith('vmlinuz-')) : undefined;
  if (own !== undefined) return join(boot, own);
  const modules = join(folder, 'lib/modules');
  const beside = (existsSync(modules) ? await readdir(modules) : [])
    .map((release) => join(modules, release, 'vmlinuz'))
    .find((path) => existsSync(path));
  return beside ?? null;
}
