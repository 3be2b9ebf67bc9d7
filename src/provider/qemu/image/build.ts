import { renameSync } from 'node:fs';
import { chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DockerConfig, KernelRow } from '../../../config/plan.js';
import type { QemuMachineConfig } from '../config.js';
import { cacheFolder, requireSpace, scratchFolder } from '../../../host/cache.js';
import { withLock } from '../../../host/lock.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import { asUserError } from '../../../kernel/no-kernel.js';
import { filePath, fileText } from './files.js';
import type { DockerPrograms } from './docker-static.js';
import { driversOf, requireDrivers } from './drivers.js';
import { writeInitramfs } from './initramfs.js';
import { treeHash } from '../../../kernel/tree.js';
import { dropOldImages, findImage, imageFolder, type KeptImage } from './kept.js';
import { entryId, grubConfig, menuEntry } from './menu.js';
import { recipeHash, type ImageRecipe, type ImageRecipeKernel } from './recipe.js';
import type { ResolvedKernel } from '../../../kernel/resolved-kernel.js';

/** A kernel that goes into an image: the row, or the one the guest boots first. */
export interface ImageKernel {
  name: string;
  resolved: ResolvedKernel;
  cgroup: KernelRow['cgroup'];
  cmdline: string[];
  initramfs: 'auto' | 'none' | 'always';
}

/** A base image in the cache: a raw disk that is only ever used as the backing file of overlays. */
export interface BaseImage extends KeptImage {
  built: boolean;
  seconds: number;
}

/** One kernel cannot go into an image; the others can. */
export class KernelFault extends Error {
  override readonly name = 'KernelFault';
  constructor(
    /** The row's name, or BOOT_KERNEL. */
    readonly kernel: string,
    readonly reason: UserError,
  ) {
    super(reason.message, { cause: reason });
  }
}

/** Does something with one kernel. @throws KernelFault for whatever goes wrong, but for a cancelled run. */
async function withKernel<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw new KernelFault(name, asUserError(`kernel ${name} cannot be put on the guest's disk`, error));
  }
}

/** The name of the kernel the guest boots before any row is selected. */
export const BOOT_KERNEL = 'boot';

/** Virtual size; the file is sparse and holds about 700 MB with three kernels. */
const DISK_MIB = 8192;
/** Free space to build one: the unpacked guest and the disk, about 700 MB each with three kernels. */
const IMAGE_MIB = 1600;

const GUEST_FILES: [source: string, target: string, mode: number][] = [
  ['inittab', 'etc/inittab', 0o644],
  ['boot', 'usr/local/lib/kernel-matrix/boot', 0o755],
  ['stop', 'usr/local/lib/kernel-matrix/stop', 0o755],
  ['dockerd', 'usr/local/lib/kernel-matrix/dockerd', 0o755],
  ['rekey', 'usr/local/lib/kernel-matrix/rekey', 0o755],
  ['sshd_config', 'etc/ssh/sshd_config', 0o644],
];

export interface BuildInput {
  userland: string;
  kernels: ImageKernel[];
  machine: QemuMachineConfig;
  docker: DockerConfig;
  /** Docker's programs from its static archive; null where the userland has Docker's package. */
  dockerPrograms: DockerPrograms | null;
}

/**
 * Finds or builds the disk for a set of kernels: one that has them all serves, if it is the same in everything else. A new one is
 * named by the hash of what goes into it, built aside, under a lock, and renamed into place whole.
 * @throws KernelFault for a kernel that cannot reach its root or clashes with another, UserError if the disk is too full.
 */
// eslint-disable-next-line max-lines-per-function -- the steps of one build, with one clean-up for all
export async function ensureImage(
  input: BuildInput,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<BaseImage> {
  const started = performance.now();
  await refuseClashes(input.kernels);
  const bus = input.machine.disk_bus;
  const kernels: ImageRecipeKernel[] = [];
  const modules = new Map<string, string[]>();
  for (const kernel of input.kernels) {
    const needed = await withKernel(kernel.name, options.signal, () => modulesFor(kernel, bus));
    modules.set(kernel.name, needed ?? []);
    const { name, cgroup, cmdline, resolved } = kernel;
    const entry = menuEntry({ name, release: resolved.release, cgroup, cmdline, initramfs: needed !== null }, bus);
    kernels.push({ name, files: resolved.files, entry });
  }
  const recipe: ImageRecipe = {
    base: recipeHash({
      format: 3,
      userland: basename(input.userland),
      grub: grubConfig([]),
      files: [
        ...GUEST_FILES.map(([source]) => fileText(source)),
        fileText('initramfs-init'),
        fileText('build-disk.sh'),
      ],
      storage: input.docker.storage_driver,
      docker: input.dockerPrograms?.sha256 ?? null,
      disk: DISK_MIB,
    }),
    kernels,
  };
  const found = (built: boolean): BaseImage | null => {
    const kept = findImage(recipe);
    return kept && { ...kept, built, seconds: (performance.now() - started) / 1000 };
  };
  const there = found(false);
  if (there) return there;
  const hash = recipeHash(recipe);
  const folder = imageFolder(hash);
  return withLock(
    folder,
    { onWait: () => options.onProgress('waiting for another run that builds the same image'), signal: options.signal },
    async () => {
      const meanwhile = found(false);
      if (meanwhile) return meanwhile;
      requireSpace(cacheFolder('tmp'), IMAGE_MIB, "the guest's disk");
      const stage = scratchFolder('image');
      try {
        options.onProgress(`making the disk with ${input.kernels.length} kernels`);
        await stageImage(stage, input, recipe.kernels, modules, options.signal);
        const target = join(stage, 'out');
        await mkdir(target);
        const script = [
          filePath('build-disk.sh'),
          stage,
          join(target, 'disk.raw'),
          String(DISK_MIB),
          entryId(BOOT_KERNEL),
        ];
        const root = process.getuid?.() === 0;
        await runTool(root ? 'sh' : 'fakeroot', root ? script : ['sh', ...script], {
          timeout: 900,
          purpose: "making the guest's disk",
          signal: options.signal,
          env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
        });
        await writeFile(join(target, 'image.json'), `${JSON.stringify({ recipe }, null, 2)}\n`);
        renameSync(target, folder);
      } finally {
        await rm(stage, { recursive: true, force: true });
      }
      await dropOldImages(hash);
      return found(true)!;
    },
  );
}

/** Module files for the initramfs, or null where none is made. */
async function modulesFor(kernel: ImageKernel, bus: QemuMachineConfig['disk_bus']): Promise<string[] | null> {
  const { name, resolved, initramfs } = kernel;
  if (initramfs === 'none') return null;
  if (initramfs === 'always') return (await driversOf(resolved, bus)).modules;
  const modules = await requireDrivers(name, resolved, bus);
  return modules.length > 0 ? modules : null;
}

/** @throws KernelFault if two kernels would share /lib/modules/<release> in the guest with different content; of the later. */
async function refuseClashes(kernels: ImageKernel[]): Promise<void> {
  const byRelease = new Map<string, ImageKernel>();
  for (const kernel of kernels) {
    const { release } = kernel.resolved;
    const other = byRelease.get(release);
    byRelease.set(release, other ?? kernel);
    if (!other || (await sameModules(other.resolved, kernel.resolved))) continue;
    throw new KernelFault(
      kernel.name,
      new UserError({
        what: `kernels ${other.name} and ${kernel.name} both report the release ${release} but have different modules`,
        where: `they would share /lib/modules/${release} in the guest${other.name === BOOT_KERNEL ? ' (boot is the kernel it boots first)' : ''}`,
        next: 'run them one at a time with --kernels, change boot_kernel:, or build one with another CONFIG_LOCALVERSION',
        kind: 'config',
      }),
    );
  }
}

async function sameModules(a: ResolvedKernel, b: ResolvedKernel): Promise<boolean> {
  if (a.moduleRoot === b.moduleRoot) return true;
  if (a.moduleRoot === null || b.moduleRoot === null) return false;
  const hashes = await Promise.all([a, b].map((each) => treeHash(join(each.moduleRoot!, 'lib/modules', each.release))));
  return hashes[0] === hashes[1];
}

async function stageImage(
  stage: string,
  input: BuildInput,
  menu: ImageRecipeKernel[],
  modules: Map<string, string[]>,
  signal: AbortSignal,
): Promise<void> {
  await symlink(input.userland, join(stage, 'userland.tar'));
  const grub = grubConfig(menu.map(({ entry }) => entry));
  await writeFile(join(stage, 'grub.cfg'), grub);
  await stageGuest(join(stage, 'guest'), input);
  const busybox = await busyboxOf(input.userland, stage, signal);
  for (const kernel of input.kernels) {
    await withKernel(kernel.name, signal, () => stageKernel(stage, kernel, grub, busybox, modules, signal));
  }
}

async function stageKernel(
  stage: string,
  kernel: ImageKernel,
  grub: string,
  busybox: string,
  modules: Map<string, string[]>,
  signal: AbortSignal,
): Promise<void> {
  const folder = join(stage, 'kernels', kernel.name);
  await mkdir(folder, { recursive: true });
  await copyFile(kernel.resolved.vmlinuz, join(folder, 'vmlinuz'));
  await writeFile(join(folder, 'release'), kernel.resolved.release);
  const { moduleRoot, release } = kernel.resolved;
  if (moduleRoot) await symlink(join(moduleRoot, 'lib/modules', release), join(folder, 'modules'));
  if (grub.includes(`initrd /boot/kernels/${kernel.name}/initrd`)) {
    await writeInitramfs(join(folder, 'initrd'), busybox, modules.get(kernel.name) ?? [], signal);
  }
}

async function stageGuest(guest: string, input: BuildInput): Promise<void> {
  for (const [source, target, mode] of GUEST_FILES) {
    await mkdir(dirname(join(guest, target)), { recursive: true });
    await writeFile(join(guest, target), fileText(source));
    await chmod(join(guest, target), mode);
  }
  for (const name of input.dockerPrograms?.names ?? []) await stageProgram(name, input.dockerPrograms!.folder, guest);
  await mkdir(join(guest, 'etc/kernel-matrix'), { recursive: true });
  await writeFile(join(guest, 'etc/kernel-matrix/storage-driver'), `${input.docker.storage_driver}\n`);
}

/** Puts one of Docker's programs where the guest's PATH looks first. */
async function stageProgram(name: string, from: string, guest: string): Promise<void> {
  const target = join(guest, 'usr/local/bin', name);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(from, name), target);
  await chmod(target, 0o755);
}

/** Takes the static busybox out of the userland's archive. */
export async function busyboxOf(userland: string, folder: string, signal: AbortSignal): Promise<string> {
  await runTool('tar', ['-xf', userland, '-C', folder, './bin/busybox'], {
    timeout: 60,
    purpose: "taking busybox out of the guest's userland",
    signal,
  });
  return join(folder, 'bin/busybox');
}
