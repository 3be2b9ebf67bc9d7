import { join } from 'node:path';
import type { ResolvedKernel } from '../../../src/kernel/resolved-kernel.js';
import { dockerTree, kernelTree, perlTree, type DebianParts } from './sources.js';
import type { WrappedPackage } from './spec.js';

/** The parts of the archived tree, as yum's repositories have them. */
export type Part = 'os' | 'updates' | 'extras';

/** What the guest has from the start: the names and versions by which CentOS 7.4 knows what Debian's packages bring. */
export const BASE: WrappedPackage = {
  name: 'centos-release',
  version: '7',
  release: '4.1708.el7.centos',
  arch: 'x86_64',
  provides: [
    'system-release = 7.4',
    '/bin/sh',
    'systemd = 219-42.el7_4.10',
    'tar = 2:1.26-32.el7',
    'xz = 5.2.2-1.el7',
    'iptables = 1.4.21-18.3.el7_4',
    'device-mapper-libs = 7:1.02.140-8.el7',
    'selinux-policy-targeted = 3.13.1-166.el7_4.9',
    'dracut = 033-502.el7_4.1',
    'grubby = 8.28-23.el7',
    'linux-firmware = 20170606-58.gitc990aae.el7_4',
    'shadow-utils = 2:4.1.5.1-24.el7',
  ],
};

const KERNEL_NEEDS = ['dracut', 'grubby', 'linux-firmware'];

/** A kernel package that behaves as one of CentOS 7: its script makes the initramfs and the menu, and takes the default. */
function kernelPackage(
  named: Pick<WrappedPackage, 'name' | 'version' | 'release'>,
  kernel: ResolvedKernel,
  work: string,
): WrappedPackage {
  return {
    ...named,
    arch: 'x86_64',
    requires: KERNEL_NEEDS,
    provides: [`kernel = ${named.version}-${named.release}`],
    tree: kernelTree(kernel, join(work, named.name)),
    scripts: {
      posttrans: `/usr/sbin/new-kernel-pkg --install ${kernel.release}`,
      preun: `/usr/sbin/new-kernel-pkg --remove ${kernel.release}`,
    },
  };
}

/** The machine's own kernel. */
export function ownKernel({ own }: DebianParts, work: string): WrappedPackage {
  return kernelPackage({ name: 'kernel', version: '3.10.0', release: '693.el7' }, own, work);
}

/** The packages that are fetched on the host and copied in, by the key their originals are signed with. */
export async function fetchedPackages(parts: DebianParts, work: string, signal: AbortSignal) {
  const docker: WrappedPackage = {
    name: 'docker-ce',
    version: '17.06.2.ce',
    release: '1.el7.centos',
    arch: 'x86_64',
    requires: [
      'container-selinux >= 2.9',
      'device-mapper-libs >= 1.02.90-1',
      'iptables',
      'libcgroup',
      'systemd',
      'tar',
      'xz',
    ],
    tree: await dockerTree(parts.docker, join(work, 'docker-ce'), signal),
    scripts: {
      post: 'systemctl daemon-reload >/dev/null 2>&1 || :\ngetent group docker >/dev/null || groupadd --system docker',
    },
  };
  const lt = kernelPackage({ name: 'kernel-lt', version: '4.4.159', release: '1.el7.elrepo' }, parts.lt, work);
  const ml = kernelPackage({ name: 'kernel-ml', version: '4.18.12', release: '1.el7.elrepo' }, parts.ml, work);
  return { docker, lt, ml };
}

/** What yum finds in the archived tree. */
export async function repositoryPackages(
  { perl }: DebianParts,
  work: string,
  signal: AbortSignal,
): Promise<[Part, WrappedPackage][]> {
  return [
    [
      'extras',
      {
        name: 'container-selinux',
        epoch: 2,
        version: '2.42',
        release: '1.gitad8f0f7.el7',
        arch: 'noarch',
        requires: ['selinux-policy-targeted >= 3.13.1-39'],
      },
    ],
    ['os', { name: 'libcgroup', version: '0.41', release: '13.el7', arch: 'x86_64' }],
    [
      'os',
      {
        name: 'perl',
        epoch: 4,
        version: '5.16.3',
        release: '292.el7',
        arch: 'x86_64',
        tree: await perlTree(perl, join(work, 'perl'), signal),
      },
    ],
    // The newer version of this one is among the updates.
    ['updates', { name: 'libcgroup', version: '0.41', release: '13.el7_4', arch: 'x86_64' }],
  ];
}
