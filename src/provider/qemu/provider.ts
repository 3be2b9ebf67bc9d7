import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { DebianGuestConfig, DockerConfig, KernelRow, Plan } from '../../config/plan.js';
import type { QemuMachineConfig } from './config.js';
import { findMirrors, type DebianMirrors } from '../../host/apt.js';
import { cacheFolder, scratchFolder } from '../../host/cache.js';
import { runTool } from '../../host/tool.js';
import type { OnFinding } from '../../console/console.js';
import { MachineFailure, type MachineProvider, type SavedBoot } from '../machine.js';
import { asUserError, NoKernel } from '../../kernel/no-kernel.js';
import { chooseAccelerator, type AcceleratorChoice } from './accelerator.js';
import { qemuArguments } from './command-line.js';
import { BOOT_KERNEL, busyboxOf, ensureImage, KernelFault, type BaseImage, type ImageKernel } from './image/build.js';
import { unpackDocker, type DockerPrograms } from './image/docker-static.js';
import { writeInitramfs } from './image/initramfs.js';
import { resolveDebKernel } from '../../kernel/deb-resolve.js';
import { resolveKernel } from '../../kernel/resolve.js';
import type { ResolvedKernel } from '../../kernel/resolved-kernel.js';
import { ensureUserland, userlandRecipe } from './image/userland.js';
import { makeKeys } from './keys.js';
import type { LocalFile } from '../../kernel/local-file.js';
import { QemuMachine } from './machine.js';
import { startQemu } from './start.js';
import { dropSnapshot, findSnapshot, keepSnapshot, roomForSnapshot, snapshotKey } from './saved.js';

/** Told while the embedded guest is made ready. */
export interface PrepareProgress {
  artifacts: (kernel: string, message: string) => void;
  image: (message: string) => void;
  accelerator: (message: string) => void;
}

/** Files that had to be fetched from elsewhere than Debian. */
export interface QemuFiles {
  /** Of rows whose kernel was fetched, by the row's name. */
  kernels: Map<string, LocalFile[]>;
  /** Rows of which a file could not be obtained. */
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
  /** Rows whose kernel could not be obtained, with the reason; the others go on without them. */
  missing: Map<string, Error>;
}

/**
 * Resolves the kernels, builds or finds the base image and chooses the accelerator.
 * @throws UserError if the guest itself cannot be made; NoKernel if no row's kernel can be obtained.
 */
export async function prepareQemu(
  input: { plan: Plan; run: string; keepable: boolean; files: QemuFiles },
  progress: PrepareProgress,
  signal: AbortSignal,
): Promise<PreparedQemu> {
  const { plan } = input;
  const guest = plan.guest as DebianGuestConfig;
  const mirrors = await findMirrors(guest);
  const dockerPrograms = input.files.docker ? await unpackDocker(input.files.docker, signal) : null;
  const abandoned = new AbortController();
  const userland = ensureUserland(userlandRecipe(guest, plan.docker), mirrors, {
    onProgress: progress.image,
    signal: AbortSignal.any([signal, abandoned.signal]),
  });
  try {
    // Awaited below; a failure before that must not count as unhandled.
    userland.catch(() => undefined);
    return await prepareWith(input, { mirrors, dockerPrograms, userland }, progress, signal);
  } catch (error) {
    // Nobody wants the userland any more, and this program would not end before it is made.
    abandoned.abort(error);
    await userland.catch(() => undefined);
    throw error;
  }
}

async function prepareWith(
  input: { plan: Plan; run: string; keepable: boolean; files: QemuFiles },
  parts: { mirrors: DebianMirrors; dockerPrograms: DockerPrograms | null; userland: Promise<string> },
  progress: PrepareProgress,
  signal: AbortSignal,
): Promise<PreparedQemu> {
  const { plan } = input;
  const machine = plan.machine as QemuMachineConfig;
  const guest = plan.guest as DebianGuestConfig;
  const { mirrors, dockerPrograms } = parts;
  const { kernels, missing } = await resolveRows(input, mirrors, progress, signal);
  // After the rows: where none of them can be obtained, the reasons are theirs.
  const bootProgress = (message: string) => progress.artifacts(BOOT_KERNEL, message);
  const boot = await resolveDebKernel(guest.boot_kernel, mirrors, {
    onProgress: bootProgress,
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw asUserError('the kernel that the guest boots first (boot_kernel:) cannot be made ready', error);
  });

  const tar = await parts.userland;
  progress.accelerator(`accelerator ${machine.accelerator}`);
  const choice = await chooseAccelerator(machine.accelerator, () => probePayload(boot, tar, signal), signal);
  progress.accelerator(`${choice.accelerator}: ${choice.reason}`);
  const image = await imageOfUsable(kernels, missing, progress.image, (usable) =>
    ensureImage(
      {
        userland: tar,
        kernels: imageKernels(plan.kernels, usable, boot),
        machine,
        docker: plan.docker,
        dockerPrograms,
      },
      { onProgress: progress.image, signal },
    ),
  );
  const qemu = await runTool('qemu-system-x86_64', ['--version'], { timeout: 10, purpose: 'asking QEMU its version' });
  return { image, choice, kernels, missing, provider: provider(input, machine, choice, image, qemu.stdout) };
}

/** The kernels of the rows that can be obtained, and why the others cannot. @throws NoKernel if none can be. */
async function resolveRows(
  { plan, files }: { plan: Plan; files: QemuFiles },
  mirrors: DebianMirrors,
  progress: PrepareProgress,
  signal: AbortSignal,
): Promise<Pick<PreparedQemu, 'kernels' | 'missing'>> {
  const kernels = new Map<string, ResolvedKernel>();
  const missing = new Map<string, Error>();
  for (const row of plan.kernels) {
    const gone = files.missing.get(row.name);
    if (gone) {
      missing.set(row.name, gone);
      continue;
    }
    const onProgress = (message: string) => progress.artifacts(row.name, message);
    try {
      const context = { files: files.kernels.get(row.name), mirrors, onProgress, signal };
      kernels.set(row.name, await resolveKernel(row, context));
    } catch (error) {
      signal.throwIfAborted();
      missing.set(row.name, error as Error);
    }
  }
  if (kernels.size === 0) throw NoKernel.of(missing);
  return { kernels, missing };
}

/**
 * Makes the image of all kernels that can go into one: a kernel that cannot is moved to those that are missing, and costs no other
 * its place.
 * @throws NoKernel if none is left, UserError if the guest's own first kernel is at fault.
 */
export async function imageOfUsable<T>(
  kernels: Map<string, ResolvedKernel>,
  missing: Map<string, Error>,
  say: (message: string) => void,
  make: (usable: Map<string, ResolvedKernel>) => Promise<T>,
): Promise<T> {
  for (;;) {
    if (kernels.size === 0) throw NoKernel.of(missing);
    try {
      return await make(kernels);
    } catch (error) {
      if (!(error instanceof KernelFault)) throw error;
      if (!kernels.delete(error.kernel)) throw error.reason;
      missing.set(error.kernel, error.reason);
      say(`kernel ${error.kernel} is left out: ${error.reason.parts.what}`);
    }
  }
}

function imageKernels(rows: KernelRow[], kernels: Map<string, ResolvedKernel>, boot: ResolvedKernel): ImageKernel[] {
  const found: ImageKernel[] = [{ name: BOOT_KERNEL, resolved: boot, cgroup: 'v1', cmdline: [], initramfs: 'auto' }];
  for (const row of rows) {
    const resolved = kernels.get(row.name);
    if (!resolved) continue;
    const { initramfs = 'auto' } = resolved;
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
  qemu: string,
): MachineProvider {
  const begin = async (
    name: string,
    folder: string,
    { disk, state }: { disk: string; state?: string },
    signal: AbortSignal,
    onFinding?: OnFinding,
  ) => {
    const index = Number(/^m(\d+)/.exec(name)?.[1] ?? 1) - 1;
    const own = config.ssh_port === undefined ? config : { ...config, ssh_port: config.ssh_port + index };
    const keys = await makeKeys(signal);
    const { run, keepable } = input;
    const machine = { run, name, folder, config: own, choice, disk, keys, keepable, onFinding };
    return startQemu(state === undefined ? machine : { ...machine, state }, signal);
  };
  const keyOf = (row: string) =>
    snapshotKey({
      image: image.hash,
      row,
      arguments: qemuArguments(config, choice.accelerator, { overlay: '', console: '', sshPort: 0 }),
      qemu: qemu.split('\n')[0]!,
      processor: choice.accelerator === 'kvm' ? (cpus()[0]?.model ?? '') : null,
    });
  const fresh: MachineProvider = {
    start: (name, folder, signal, onFinding) => begin(name, folder, { disk: image.disk }, signal, onFinding),
  };
  // QEMU cannot save the state of its NVMe device (hw/nvme/ctrl.c of 7.2: unmigratable).
  if (config.disk_bus === 'nvme') return fresh;
  return {
    ...fresh,
    saved: (row) => findSnapshot(keyOf(row)),
    restore: async (name, folder, { key }, signal, onFinding) => {
      const snapshot = findSnapshot(key);
      if (snapshot === null) throw new MachineFailure(name, `snapshot ${key} is gone`, []);
      return begin(name, folder, snapshot, signal, onFinding);
    },
    forget: ({ key }) => dropSnapshot(key),
    save: async (machine, row, boot) => {
      const key = keyOf(row);
      if (!(machine instanceof QemuMachine) || findSnapshot(key) !== null || !roomForSnapshot()) return null;
      const saved: SavedBoot = { key, image: image.hash, run: input.run, at: new Date().toISOString(), ...boot };
      await machine.saved((overlay, write) => keepSnapshot(saved, overlay, write));
      return saved;
    },
  };
}

/** Where the guest's Docker comes from, for the journal. @param archive the static archive, if it comes from one. */
export function dockerLabel(docker: DockerConfig, archive: Pick<LocalFile, 'name' | 'sha256'> | null): string {
  return archive ? `static: ${archive.name}, sha256 ${archive.sha256}` : `deb: ${docker.package ?? 'docker.io'}`;
}
