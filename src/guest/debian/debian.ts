import type { Plan } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import { runtimeOf } from '../../runtime/index.js';
import { grubVariable, type BootLoader, type Guest } from '../guest.js';
import type { GuestShell } from '../../remote/guest-shell.js';

/** The container image's root file system, inside the embedded image. */
const IMAGE_ARCHIVE = '/opt/kernel-matrix/image.tar';

/** Replaces the SSH keys in a machine that is started from a snapshot (provider/qemu/image/files/rekey). */
const REKEY = '/usr/local/lib/kernel-matrix/rekey';
const REKEY_PID = '/run/kernel-matrix-rekey.pid';

const bootLoader: BootLoader = {
  menu: 'grep ^menuentry /boot/grub/grub.cfg',
  find: (menu, entry) => (menu.includes(`'${entry}'`) ? entry : null),
  select: (entry) => sh`grub-set-default ${entry}`,
  readBack: 'grub-editenv list',
  selected: (environment) => grubVariable(environment, 'saved_entry'),
  // Set by the image's menu (provider/qemu/image/menu.ts).
  entryOf: (cmdline) => /(?:^|\s)km\.entry=(\S+)/.exec(cmdline)?.[1] ?? '',
  // As reboot(8), but with one second of grace instead of three.
  reboot: 'telinit -t 1 6',
};

/** The embedded guest: Debian's userland with an init of its own and Docker from Debian's package or a static archive. */
export function debianGuest(plan: Plan): Guest {
  const { docker, timeouts } = plan;
  const runtime = runtimeOf(plan);
  return {
    bootLoader,
    saving: {
      before: `setsid ${REKEY} </dev/null >/dev/null 2>&1 & echo $! > ${REKEY_PID}`,
      after: `kill $(cat ${REKEY_PID}); rm -rf ${REKEY_PID} /run/kernel-matrix.new`,
      setClock: (seconds) => `date -s @${seconds}`,
    },
    async prepare(shell: GuestShell): Promise<void> {
      await runtime.waitReady(shell, 'tail -n 15 /var/log/docker.log');
      if (await runtime.imageReady(shell)) return;
      await shell.must(sh`docker import -c ${'CMD ["nginx","-g","daemon off;"]'} ${IMAGE_ARCHIVE} ${docker.image}`, {
        timeout: timeouts.docker,
      });
    },
    // Nothing else in the guest loads the balloon driver. Kernels before 5.7 cannot report free pages, or lack the module.
    async giveBack(shell: GuestShell): Promise<void> {
      await shell.run('modprobe -q virtio_balloon');
    },
  };
}
