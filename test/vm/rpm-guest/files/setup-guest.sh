#!/bin/sh
# Run by mmdebstrap on the new userland ($1), after the staged files were unpacked into it: gives a Debian userland the names,
# paths and package database of a CentOS 7 machine, without Docker and without perl.
set -eu
root=$1
in_guest() { chroot "$root" "$@"; }

# RPM's database knows what Debian's packages bring, and the machine's own kernel.
mkdir -p "$root/var/lib/rpm"
in_guest sh -c 'rpm -i --nosignature --nodeps --noscripts /root/rpms/*.rpm'
rm -rf "$root/root/rpms"
ln -sf dnf "$root/usr/bin/yum"
# Debian's own package manager has no part in this machine; its perl comes as an RPM again. Scripts in init.d ask for perl.
rm -f "$root"/usr/bin/perl* "$root"/etc/init.d/*

# GRUB by its names on CentOS.
rm -f "$root"/etc/grub.d/05_* "$root"/etc/grub.d/2* "$root"/etc/grub.d/3*
mkdir -p "$root/boot/grub2"
rm -rf "$root/boot/grub"
ln -s grub2 "$root/boot/grub"
ln -s ../boot/grub2/grub.cfg "$root/etc/grub2.cfg"
for name in mkconfig set-default reboot; do ln -sf "grub-$name" "$root/usr/sbin/grub2-$name"; done
ln -sf grub-editenv "$root/usr/bin/grub2-editenv"

for kernel in "$root"/boot/vmlinuz-*; do
  release=${kernel##*/vmlinuz-}
  in_guest depmod -a "$release"
  in_guest dracut -f "/boot/initramfs-$release.img" "$release"
done
# The first menu. grub-mkconfig asks for the disk below /, which is not made yet.
{
  echo 'serial --unit=0 --speed=115200'
  echo 'terminal_input serial'
  echo 'terminal_output serial'
  echo 'set timeout=0'
  echo 'load_env'
  echo 'set default="0"'
  in_guest sh -c '. /etc/default/grub; export GRUB_CMDLINE_LINUX; /etc/grub.d/10_linux'
} >"$root/boot/grub2/grub.cfg"
in_guest grub-editenv /boot/grub2/grubenv create

# Who may log in.
in_guest useradd -m -s /bin/bash vagrant
mkdir -p "$root/home/vagrant/.ssh"
cp "$root/root/.ssh/authorized_keys" "$root/home/vagrant/.ssh/"
in_guest chown -R vagrant:vagrant /home/vagrant
chmod 700 "$root/root/.ssh" "$root/home/vagrant/.ssh"
chmod 600 "$root/root/.ssh/authorized_keys" "$root/home/vagrant/.ssh/authorized_keys"
chmod 440 "$root/etc/sudoers.d/vagrant"

# What starts: network, sshd, nothing that works by the clock.
in_guest systemctl enable systemd-networkd.service ssh.service
in_guest systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer systemd-pstore.service getty@tty1.service
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
