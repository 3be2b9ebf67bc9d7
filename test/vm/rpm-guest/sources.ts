import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AptSuite, type DebianMirrors, type DebPackage } from '../../../src/host/apt.js';
import { runTool } from '../../../src/host/tool.js';
import { resolveDebKernel } from '../../../src/kernel/deb-resolve.js';
import type { ResolvedKernel } from '../../../src/kernel/resolved-kernel.js';

/** What of Debian the stand-in's packages wrap. */
export interface DebianParts {
  /** The kernel the machine has at first, and those that are installed on it; three releases. */
  own: ResolvedKernel;
  lt: ResolvedKernel;
  ml: ResolvedKernel;
  /** Paths of the .deb files that Docker is made of. */
  docker: string[];
  perl: string;
  /** Names what all this is, by content. */
  hashes: string[];
}

const DOCKER_PARTS = ['docker.io', 'containerd', 'runc', 'tini'];

/**
 * Finds them. Three kernel releases that have the memory controller of cgroup v1: bullseye's own, its last security update,
 * and bookworm's.
 */
export async function debianParts(mirrors: DebianMirrors, signal: AbortSignal): Promise<DebianParts> {
  const kernel = (suite: string, line: string) =>
    resolveDebKernel({ suite, package: `linux-image-${line}.*-cloud-amd64` }, mirrors, {
      onProgress: () => undefined,
      signal,
    });
  const own = await kernel('bullseye', '5.10');
  const lt = await kernel('bullseye-security', '5.10');
  const ml = await kernel('bookworm-security', '6.1');
  if (new Set([own, lt, ml].map((each) => each.release)).size < 3) throw new Error('the three kernels are not three');
  const suite = await AptSuite.open('bookworm', mirrors, signal);
  const found: DebPackage[] = [];
  for (const name of [...DOCKER_PARTS, 'perl-base']) found.push(await suite.newest(name, undefined, signal));
  const files: string[] = [];
  for (const each of found) files.push(await suite.download(each, signal));
  return {
    own,
    lt,
    ml,
    docker: files.slice(0, -1),
    perl: files.at(-1)!,
    hashes: [...[own, lt, ml].map((each) => each.sha256), ...found.map((each) => each.sha256)],
  };
}

/** Folders of drivers a virtual machine has no use for; a third of a kernel package, which an emulated guest unpacks. */
const KEPT_DRIVERS = ['ata', 'block', 'char', 'md', 'net', 'nvme', 'scsi', 'virtio', 'misc', 'hwmon', 'i2c', 'input'];

/** A tree with a kernel's image and the modules a virtual machine needs. */
export function kernelTree(kernel: ResolvedKernel, tree: string): string {
  const { release, moduleRoot, vmlinuz } = kernel;
  const from = join(moduleRoot!, 'lib/modules', release);
  const to = join(tree, 'lib/modules', release);
  const drivers = join(from, 'kernel/drivers');
  cpSync(from, to, {
    recursive: true,
    filter: (path) => {
      const [driver] = path.startsWith(`${drivers}/`) ? path.slice(drivers.length + 1).split('/') : [];
      return driver === undefined || KEPT_DRIVERS.includes(driver);
    },
  });
  // depmod makes these again in the guest; they do not belong to the package.
  for (const name of readdirSync(to)) {
    if (/^modules\.(?!builtin|order)/.test(name) || /\.bin$/.test(name)) rmSync(join(to, name));
  }
  mkdirSync(join(tree, 'boot'));
  cpSync(vmlinuz, join(tree, 'boot', `vmlinuz-${release}`));
  return tree;
}

/** Programs of those packages that the daemon and the client do not need. */
const NOT_NEEDED = ['dnet', 'ovrouter', 'ctr', 'containerd-shim', 'containerd-shim-runc-v1'];

/** A tree with Docker's programs and the one unit its RPM of 2017 has: the daemon starts containerd by itself. */
export async function dockerTree(debs: string[], tree: string, signal: AbortSignal): Promise<string> {
  const all = `${tree}.all`;
  await unpack(debs, all, signal);
  for (const folder of ['usr/bin', 'usr/sbin']) {
    for (const name of readdirSync(join(all, folder))) {
      if (!NOT_NEEDED.includes(name)) moveTo(join(all, folder, name), join(tree, folder, name));
    }
  }
  moveTo(join(tree, 'usr/sbin/dockerd'), join(tree, 'usr/bin/dockerd'));
  rmSync(all, { recursive: true });
  mkdirSync(join(tree, 'usr/lib/systemd/system'), { recursive: true });
  cpSync(fixture('docker.service'), join(tree, 'usr/lib/systemd/system/docker.service'));
  return tree;
}

/** A tree with perl's program alone; its modules are in the userland already. */
export async function perlTree(deb: string, tree: string, signal: AbortSignal): Promise<string> {
  const all = `${tree}.all`;
  await unpack([deb], all, signal);
  moveTo(join(all, 'usr/bin/perl'), join(tree, 'usr/bin/perl'));
  rmSync(all, { recursive: true });
  return tree;
}

async function unpack(debs: string[], folder: string, signal: AbortSignal): Promise<void> {
  for (const deb of debs) {
    await runTool('dpkg-deb', ['-x', deb, folder], { timeout: 300, purpose: `extracting ${deb}`, signal });
  }
}

function moveTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

/** Path of one of the files the stand-in is made of. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'files', name);
}

/** 16 hex digits of what is inside. */
export function shortHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
