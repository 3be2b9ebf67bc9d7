#!/bin/sh
# Makes a disk with a boot loader in its MBR; root or fakeroot, no loop device, no mount (as image/files/build-disk.sh does).
#   $1 archive of the root   $2 folder for work   $3 the disk to make   $4 its size in MiB
set -eu
root=$2/root
mkdir "$root"
tar -xf "$1" -C "$root"
mkdir -p "$root/boot/grub2/i386-pc"
cp /usr/lib/grub/i386-pc/*.mod /usr/lib/grub/i386-pc/*.lst "$root/boot/grub2/i386-pc/"
truncate -s "$4M" "$3"
printf 'label: dos\nstart=2048,type=83,bootable\n' | sfdisk -q "$3"
mke2fs -q -F -t ext4 -L rpm-guest -O '^metadata_csum,^64bit,^orphan_file' -E offset=1048576 -d "$root" \
  "$3" "$(($4 * 1024 - 1024))k"
cat >"$2/early.cfg" <<'GRUB'
set root=(hd0,msdos1)
set prefix=(hd0,msdos1)/boot/grub2
GRUB
grub-mkimage -O i386-pc -o "$2/core.img" -c "$2/early.cfg" -p /boot/grub2 biosdisk part_msdos ext2 normal
dd if=/usr/lib/grub/i386-pc/boot.img of="$3" bs=440 count=1 conv=notrunc status=none
dd if="$2/core.img" of="$3" bs=512 seek=1 conv=notrunc status=none
