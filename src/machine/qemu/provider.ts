import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianGuestConfig, DockerConfig, KernelRow, Plan, QemuMachineConfig } from '../../config/plan.js';
import { findMirrors } from '../../host/apt.js';
import { cacheFolder, scratchFolder } from '../../host/cache.js';
import { UserError } from '../../host/user-error.js';
import type { Machine, MachineProvider } from '../machine.js';
import { NoKernel } from '../no-kernel.js';
import { chooseAccelerator, type AcceleratorChoice } from './accelerator.js';
import { BOOT_KERNEL, busyboxOf, ensureImage, type BaseImage, type ImageKernel } from './image/build.js';
import { writeInitramfs } from './image/initramfs.js';
import { ensureKeys, type GuestKeys } from './image/keys.js';
import { resolveDebKernel, resolveFileKernel, type ResolvedKernel } from './image/kernel.js';
import { ensureUserland, userlandRecipe } from './image/userland.js';
import { startQemu } from './machine.js';

/** Told while the embedded guest is made ready. */
export interface PrepareProgress {
  artifacts: (kernel: string, message: string) => void;
  image: (message: string) => void;
  accelerator: (message: string) => void;
}

/** A verified file on this host. */
interface LocalFile {
  name: string;
  path: string;
  sha256: string;
  /** Where it was taken from. */
  place: string;
}

/** Files that had to be fetched from elsewhere than Debian. */
export interface QemuFiles {
  /** RPMs of rows with `source: rpm`, by the row's name. */
  kernels: Map<string, LocalFile>;
  /** Rows whose RPM could not be had. */
  missing: Map<string, Error>;
  /** Docker's static archive; null where Docker is a Debian package. */
  docker: LocalFile | null;
}

/** What the embedded guest is made of, once all of it is there. */
export interface PreparedQemu {
  provider: MachineProvider;
  image: BaseImage;
  choice: AcceleratorChoice;
  kernels: Map<string, ResolvedKernel>;
  /** Rows whose kernel could not be had, with the reason; the others go on without them. */
  missing: Map<string, Error>;
}

/**
 * Resolves the kernels, builds or finds the base image and chooses the accelerator.
 * @throws UserError if the guest itself cannot be made; NoKernel if no row's kernel can be had.
 */
export async function prepareQemu(
  input: { plan: Plan; run: string; keepable: boolean; files: QemuFiles },
  progress: PrepareProgress,
  signal: AbortSignal,
): Promise<PreparedQemu> {
  const { plan } = input;
  const machine = plan.machine as QemuMachineConfig;
  const guest = plan.guest as DebianGuestConfig;
  const mirrors = await findMirrors(guest);
  const keys = await ensureKeys(signal);
  const userland = ensureUserland(userlandRecipe(guest, plan.docker), mirrors, { onProgress: progress.image, signal });
  // Awaited below; a failure before that must not count as unhandled.
  userland.catch(() => undefined);

  const bootProgress = (message: string) => progress.artifacts(BOOT_KERNEL, message);
  const boot = await resolveDebKernel({ source: 'deb', ...guest.boot_kernel }, mirrors, {
    onProgress: bootProgress,
    signal,
  });
  const kernels = new Map<string, ResolvedKernel>();
  const missing = new Map<string, Error>();
  for (const row of plan.kernels) {
    const gone = input.files.missing.get(row.name);
    if (gone) {
      missing.set(row.name, gone);
      continue;
    }
    const onProgress = (message: string) => progress.artifacts(row.name, message);
    try {
      kernels.set(row.name, await resolveRow(row, mirrors, onProgress, signal));
    } catch (error) {
      signal.throwIfAborted();
      missing.set(row.name, error as Error);
    }
  }
  if (kernels.size === 0) throw NoKernel.of(missing);

  const tar = await userland;
  progress.accelerator(`accelerator ${machine.accelerator}`);
  const choice = await chooseAccelerator(machine.accelerator, () => probePayload(boot, tar, signal), signal);
  progress.accelerator(`${choice.accelerator}: ${choice.reason}`);
  const image = await ensureImage(
    { userland: tar, kernels: imageKernels(plan.kernels, kernels, boot), machine, docker: plan.docker, keys },
    { onProgress: progress.image, signal },
  );
  return { image, choice, kernels, missing, provider: provider(input, machine, choice, image, keys) };
}

async function resolveRow(
  row: KernelRow,
  mirrors: Awaited<ReturnType<typeof findMirrors>>,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<ResolvedKernel> {
  const resolved = await (row.source === 'deb'
    ? resolveDebKernel(row, mirrors, { onProgress, signal })
    : row.source === 'file'
      ? resolveFileKernel(row)
      : Promise.reject(
          new UserError({
            what: `kernel ${row.name}: source: rpm is not there yet on the embedded provider`,
            where: 'kernels.yaml',
          }),
        ));
  if (row.release !== undefined && row.release !== resolved.release) {
    throw new UserError({
      what: `kernel ${row.name} is ${resolved.release}`,
      where: `${resolved.origin}; kernels.yaml says release: ${row.release}`,
      next: 'correct release:, or leave it out: it is read from the kernel itself',
    });
  }
  return resolved;
}

function imageKernels(rows: KernelRow[], kernels: Map<string, ResolvedKernel>, boot: ResolvedKernel): ImageKernel[] {
  const found: ImageKernel[] = [{ name: BOOT_KERNEL, resolved: boot, cgroup: 'v1', cmdline: [], initramfs: 'auto' }];
  for (const row of rows) {
    const resolved = kernels.get(row.name);
    if (!resolved) continue;
    const initramfs = row.source === 'file' ? row.initramfs : 'auto';
    found.push({ name: row.name, resolved, cgroup: row.cgroup, cmdline: row.cmdline, initramfs });
  }
  return found;
}

async function probePayload(boot: ResolvedKernel, userland: string, signal: AbortSignal) {
  const file = join(cacheFolder(), 'probe-initramfs');
  if (!existsSync(file)) {
    const folder = scratchFolder('probe');
    try {
      await writeInitramfs(file, await busyboxOf(userland, folder, signal), [], signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { vmlinuz: boot.vmlinuz, initramfs: file };
}

function provider(
  input: { run: string; keepable: boolean },
  config: QemuMachineConfig,
  choice: AcceleratorChoice,
  image: BaseImage,
  keys: GuestKeys,
): MachineProvider {
  return {
    start: async (name, folder, signal): Promise<Machine> => {
      const index = Number(/^m(\d+)/.exec(name)?.[1] ?? 1) - 1;
      const own = config.ssh_port === undefined ? config : { ...config, ssh_port: config.ssh_port + index };
      return startQemu(
        { run: input.run, name, folder, config: own, choice, disk: image.disk, keys, keepable: input.keepable },
        signal,
      );
    },
  };
}

/** The docker configuration as a recipe names it, for the journal. */
export function dockerLabel(docker: DockerConfig): string {
  return `${docker.source}: ${docker.package ?? 'docker.io'}`;
}
