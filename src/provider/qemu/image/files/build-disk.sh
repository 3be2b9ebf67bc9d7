#!/bin/sh
# Makes the guest's disk out of a staged folder; run as root or under fakeroot, so that owners come out as root.
# Needs no loop device, no mount and no grub-install (bookworm's mke2fs -d, grub-mkimage's core image).
#   $1 folder with: userland.tar, guest/ (files for /), kernels/<row>/{vmlinuz,initrd,release,modules}, grub.cfg
#   $2 the disk to make   $3 its size in MiB   $4 the default menu entry
set -eu
stage=$1
disk=$2
size=$3
entry=$4
root=$stage/root
mkdir "$root"
tar -xf "$stage/userland.tar" -C "$root"
cp -a "$stage/guest/." "$root/"
chown -R 0:0 "$root/root" "$root/etc/ssh" "$root/etc/kernel-matrix" "$root/usr/local/lib/kernel-matrix" "$root/usr/local/bin"
# The image is no secret and holds none: no key of a server (Debian's package makes some), none that logs in, no password, and no
# address of a mirror, which may have a password in it.
rm -rf "$root"/etc/ssh/ssh_host_* "$root/root/.ssh" "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
if ! grep -q '^root:[*!]' "$root/etc/shadow"; then
  echo "the guest's root has a password" >&2
  exit 1
fi
ln -sf /usr/sbin/iptables-legacy "$root/etc/alternatives/iptables"

mkdir -p "$root/lib/modules" "$root/boot/grub"
for kernel in "$stage"/kernels/*; do
  boot=$root/boot/kernels/$(basename "$kernel")
  mkdir -p "$boot"
  cp "$kernel/vmlinuz" "$boot/"
  if [ -f "$kernel/initrd" ]; then cp "$kernel/initrd" "$boot/"; fi
  release=$(cat "$kernel/release")
  if [ -e "$kernel/modules" ] && [ ! -e "$root/lib/modules/$release" ]; then
    cp -rL "$kernel/modules" "$root/lib/modules/$release"
    chown -R 0:0 "$root/lib/modules/$release"
    depmod -b "$root" "$release"
  fi
done
cp "$stage/grub.cfg" "$root/boot/grub/grub.cfg"
grub-editenv "$root/boot/grub/grubenv" create
grub-editenv "$root/boot/grub/grubenv" set "saved_entry=$entry"

truncate -s "${size}M" "$disk"
printf 'label: dos\nlabel-id: 0x6b6d6b6d\nstart=2048,type=83,bootable\n' | sfdisk -q "$disk"
# Without features that a 3.10 kernel cannot mount.
mke2fs -q -F -t ext4 -L kernel-matrix -O '^metadata_csum,^64bit,^orphan_file' -E offset=1048576 -d "$root" \
  "$disk" "$((size * 1024 - 1024))k"
# Nothing half-made is trusted: what mke2fs has written is read back once (a third of a second).
e2fsck -fn "$disk?offset=1048576" >"$stage/e2fsck.log" 2>&1 || {
  cat "$stage/e2fsck.log" >&2
  echo "the file system just made is damaged (is there no space left on device?)" >&2
  exit 1
}
cat >"$stage/early.cfg" <<'GRUB'
set root=(hd0,msdos1)
set prefix=(hd0,msdos1)/boot/grub
configfile /boot/grub/grub.cfg
GRUB
grub-mkimage -O i386-pc -o "$stage/core.img" -c "$stage/early.cfg" -p /boot/grub \
  biosdisk part_msdos ext2 normal linux configfile loadenv serial terminal echo test boot reboot
# The keys of a machine are written behind it (src/provider/qemu/keys.ts).
if [ "$(stat -c %s "$stage/core.img")" -gt $((767 * 1024)) ]; then
  echo "GRUB's core image leaves no room before the partition" >&2
  exit 1
fi
dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$stage/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
