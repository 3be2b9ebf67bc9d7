import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawn } from 'node:child_process';
import { UserError } from './user-error.js';

/** A host program the embedded provider needs, and the Debian package that brings it. */
export interface HostNeed {
  package: string;
  /** A program looked for on PATH and in the sbin folders, or an absolute path. */
  provides: string;
  why: string;
}

/** Everything `npm run setup` makes sure of. Debian 12's names. */
export const HOST_NEEDS: HostNeed[] = [
  { package: 'qemu-system-x86', provides: 'qemu-system-x86_64', why: 'runs the machines' },
  { package: 'qemu-utils', provides: 'qemu-img', why: 'makes their disks' },
  { package: 'seabios', provides: '/usr/share/seabios/bios-256k.bin', why: 'their firmware' },
  { package: 'mmdebstrap', provides: 'mmdebstrap', why: "builds the guest's userland" },
  {
    package: 'debian-archive-keyring',
    provides: '/usr/share/keyrings/debian-archive-keyring.gpg',
    why: 'verifies Debian packages',
  },
  { package: 'grub-common', provides: 'grub-mkimage', why: "makes the guest's boot loader" },
  { package: 'grub-pc-bin', provides: '/usr/lib/grub/i386-pc/boot.img', why: "the guest's boot loader" },
  { package: 'fdisk', provides: 'sfdisk', why: "partitions the guest's disk" },
  { package: 'e2fsprogs', provides: 'mke2fs', why: "fills the guest's disk" },
  { package: 'e2fsprogs', provides: 'e2fsck', why: 'proves that it is whole' },
  { package: 'kmod', provides: 'depmod', why: 'indexes kernel modules' },
  { package: 'cpio', provides: 'cpio', why: 'packs an initramfs' },
  { package: 'xz-utils', provides: 'xz', why: 'unpacks kernel modules' },
  { package: 'zstd', provides: 'zstd', why: 'unpacks kernel modules' },
  { package: 'openssh-client', provides: 'ssh-keygen', why: 'makes the keys of a machine' },
  { package: 'util-linux', provides: 'setpriv', why: 'ends machines whose owner was killed' },
];

/** What fetching signed RPMs needs besides (src/artifact). */
export const RPM_NEEDS: HostNeed[] = [
  { package: 'rpm', provides: 'rpmkeys', why: 'verifies the signatures of RPMs' },
  { package: 'gpg', provides: 'gpg', why: 'reads the fingerprints of signing keys' },
];

/** What extracting kernel RPMs needs besides (src/kernel/rpm.ts). */
export const RPM_KERNEL_NEEDS: HostNeed[] = [
  { package: 'rpm', provides: 'rpm', why: 'reads what a kernel RPM is' },
  { package: 'rpm2cpio', provides: 'rpm2cpio', why: 'extracts kernel RPMs' },
];

/** What `npm test` needs besides: with these, tests make and sign packages, read shell and open reports. */
export const TEST_NEEDS: HostNeed[] = [
  { package: 'rpm', provides: 'rpmbuild', why: 'makes RPMs for tests' },
  { package: 'rpm', provides: 'rpmsign', why: 'signs RPMs for tests' },
  { package: 'gpg-agent', provides: 'gpg-agent', why: 'keeps the keys they are signed with' },
  { package: 'gpgconf', provides: 'gpgconf', why: 'ends that agent' },
  { package: 'createrepo-c', provides: 'createrepo_c', why: 'makes a package repository for tests' },
  { package: 'shellcheck', provides: 'shellcheck', why: 'reads every piece of shell' },
  { package: 'chromium', provides: 'chromium', why: 'opens the HTML reports in tests' },
  { package: 'cmark-gfm', provides: 'cmark-gfm', why: 'reads the Markdown reports as GitHub does' },
  { package: 'ruby', provides: 'ruby', why: 'reads the Vagrantfile' },
  { package: 'systemd', provides: 'systemd-analyze', why: 'reads the units in docs/nightly' },
  ...RPM_NEEDS,
  ...RPM_KERNEL_NEEDS,
];

/** What machines through Vagrant need. */
export const VAGRANT_NEEDS: HostNeed[] = [{ package: 'vagrant', provides: 'vagrant', why: 'makes the machines' }];

/** What Vagrant needs besides with libvirt; its plugin comes as a Debian package or through Vagrant (src/doctor/vagrant.ts). */
export const LIBVIRT_NEEDS: HostNeed[] = [
  { package: 'libvirt-daemon-system', provides: 'libvirtd', why: 'runs the machines' },
  { package: 'libvirt-clients', provides: 'virsh', why: 'asks libvirt what it has' },
];

/** What a user who is not root needs besides. */
export const ROOTLESS_NEEDS: HostNeed[] = [
  { package: 'fakeroot', provides: 'fakeroot', why: "gives the guest's files to root without being root" },
  { package: 'uidmap', provides: 'newuidmap', why: 'lets mmdebstrap work without root' },
];

/** The needs of the user who runs this. */
export function hostNeeds(uid = process.getuid?.() ?? 0): HostNeed[] {
  return uid === 0 ? HOST_NEEDS : [...HOST_NEEDS, ...ROOTLESS_NEEDS];
}

/** Needs that are not met on this host. */
export function missingNeeds(needs: HostNeed[] = hostNeeds()): HostNeed[] {
  return needs.filter((need) => findProgram(need.provides) === null);
}

/** Path of a program on PATH or in the sbin folders, which Debian leaves off an ordinary user's PATH; null if absent. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const candidates = name.startsWith('/') ? [name] : folders.map((folder) => join(folder || '.', name));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, name.startsWith('/') ? constants.R_OK : constants.X_OK);
      return candidate;
    } catch {
      // Looked for in the next folder.
    }
  }
  return null;
}

/** The commands that install packages, with sudo only for a user who is not root. */
export function installCommands(packages: string[], uid = process.getuid?.() ?? 0): string[][] {
  const sudo = uid === 0 ? [] : ['sudo'];
  return [
    [...sudo, 'apt-get', 'update'],
    [
      ...sudo,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      ...packages,
    ],
  ];
}

/**
 * Installs what is missing, with apt's output shown.
 * @throws UserError without apt-get, or when it fails.
 */
export async function installNeeds(needs: HostNeed[], say: (line: string) => void): Promise<void> {
  const packages = needs.map((need) => need.package);
  if (findProgram('apt-get') === null) {
    throw new UserError({
      what: 'this host has no apt-get',
      why: `missing here: ${needs.map((need) => `${need.provides} (Debian package ${need.package})`).join(', ')}`,
      next: "install the like of them with this host's package manager, then run npm run doctor",
      exitCode: 2,
    });
  }
  for (const command of installCommands(packages)) {
    say(`$ ${command.join(' ')}`);
    const code = await inherit(command);
    if (code === 0) continue;
    throw new UserError({
      what: `${command.join(' ')} ended with exit code ${code}`,
      where: 'installing host packages',
      next: 'read what apt said above; then run npm run setup again',
      exitCode: 2,
    });
  }
}

function inherit([program, ...args]: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
