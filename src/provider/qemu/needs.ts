import type { HostNeed } from '../../host/setup.js';

/** Programs that make and run the embedded machines. Debian 12's names. */
export const HOST_NEEDS: HostNeed[] = [
  { package: 'qemu-system-x86', provides: 'qemu-system-x86_64', why: 'runs the machines' },
  { package: 'qemu-utils', provides: 'qemu-img', why: 'creates their disks' },
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
  { package: 'openssh-client', provides: 'ssh-keygen', why: 'creates the keys of a machine' },
  { package: 'util-linux', provides: 'setpriv', why: 'ends machines whose owner was killed' },
];

/** What a user who is not root needs besides. */
const ROOTLESS_NEEDS: HostNeed[] = [
  { package: 'fakeroot', provides: 'fakeroot', why: "lets the guest's files belong to root" },
  { package: 'uidmap', provides: 'newuidmap', why: 'lets mmdebstrap work without root' },
];

/** The needs of the user who runs this. */
export function hostNeeds(uid = process.getuid?.() ?? 0): HostNeed[] {
  return uid === 0 ? HOST_NEEDS : [...HOST_NEEDS, ...ROOTLESS_NEEDS];
}
