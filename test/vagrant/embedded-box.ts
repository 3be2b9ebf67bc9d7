/** The embedded guest as a box. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync, constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { filePath } from '../../src/provider/qemu/image/files.js';
import { SEED_OFFSET, type MachineKeys } from '../../src/provider/qemu/keys.js';
import { packBox, type Box } from './box.js';

const run = promisify(execFile);
const BOOT = '/usr/local/lib/kernel-matrix/boot';

/** As the guest is to get its address from libvirt's network: BusyBox's client calls a script with what it was given. */
const DHCP = `cat >/run/udhcpc <<'SCRIPT'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address replace "$ip/$mask" dev "$interface"
SCRIPT
chmod 755 /run/udhcpc
busybox udhcpc -b -t 20 -T 1 -i eth0 -s /run/udhcpc
`;

/**
 * Packs the embedded guest's disk, which has a fixed address in a network of its own, as a box that asks for one.
 * @param disk the raw disk, left as it is.
 * @param keys become those of every machine made of it.
 */
export async function embeddedBox(disk: string, folder: string, keys: MachineKeys): Promise<Box> {
  const privateKey = join(folder, 'login_ed25519');
  writeFileSync(privateKey, keys.login, { mode: 0o600 });
  const boot = join(folder, 'boot');
  const fixed = /^ip address add .*\nip route add .*\n/m;
  const text = readFileSync(filePath('boot'), 'utf8');
  if (!fixed.test(text)) throw new Error(`${filePath('boot')} no longer sets a fixed address: adapt this`);
  writeFileSync(
    boot,
    text.replace(fixed, () => DHCP),
  );
  const copy = join(folder, 'disk.raw');
  await copyFile(disk, copy, constants.COPYFILE_FICLONE);
  const file = await open(copy, 'r+');
  await file.write(keys.seed, 0, keys.seed.length, SEED_OFFSET);
  await file.close();
  writeFileSync(
    join(folder, 'debugfs'),
    `rm ${BOOT}\nwrite ${boot} ${BOOT}\nset_inode_field ${BOOT} mode 0100755\nset_inode_field ${BOOT} uid 0\n`,
  );
  // The partition begins at 1 MiB; debugfs ends with 0 whatever happens, and says what on stderr after its first line.
  const { stderr } = await run('debugfs', ['-w', '-f', join(folder, 'debugfs'), `${copy}?offset=1048576`]);
  const trouble = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('debugfs 1.'));
  if (trouble.length > 0) throw new Error(trouble.join('\n'));
  return packBox(copy, join(folder, 'box'), [
    // Named, so that `vagrant up` need not find out by a dozen commands over SSH.
    'config.vm.guest = :linux',
    // There is no sudo in it: %c is the shell that `up` runs a command of its own with.
    "config.ssh.username = 'root'",
    "config.ssh.sudo_command = '%c'",
    `config.ssh.private_key_path = '${privateKey}'`,
  ]);
}
