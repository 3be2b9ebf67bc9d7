import type { DockerConfig, TimeoutConfig } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import type { BootLoader, Guest } from '../guest.js';
import type { GuestShell } from '../guest-shell.js';

/** Where the embedded image keeps the root of the container image. */
const IMAGE_ARCHIVE = '/opt/kernel-matrix/image.tar';

const bootLoader: BootLoader = {
  menu: 'grep ^menuentry /boot/grub/grub.cfg',
  select: (entry) => sh`grub-set-default ${entry}`,
  readBack: 'grub-editenv list',
  // What reboot(8) does, with one second of grace instead of three.
  reboot: 'telinit -t 1 6',
};

/** Docker was started but does not answer, or is not what the row asks for. */
export class DockerNotReady extends Error {
  override readonly name = 'DockerNotReady';
}

/** The embedded guest: Debian's userland with an init of its own and Docker from Debian's package. */
export function debianGuest(docker: DockerConfig, timeouts: TimeoutConfig): Guest {
  return {
    bootLoader,
    async prepare(shell: GuestShell): Promise<void> {
      await waitForDocker(shell, timeouts.docker);
      const found = await shell.run(sh`docker image inspect --format {{.Id}} ${docker.image}`);
      if (found.code === 0) return;
      await shell.must(sh`docker import -c ${'CMD ["nginx","-g","daemon off;"]'} ${IMAGE_ARCHIVE} ${docker.image}`, {
        timeout: timeouts.docker,
      });
    },
  };
}

/** Waits in the guest, in one command, until the daemon answers. @throws DockerNotReady with the daemon's last words. */
async function waitForDocker(shell: GuestShell, deadline: number): Promise<void> {
  // The socket is there before the daemon is ready, and the first request waits for it: asking over and over would take
  // the processor time that the daemon needs to start.
  const waited = await shell.run(
    sh`for i in $(seq 1 ${Math.ceil(deadline * 4)}); do test -S /var/run/docker.sock && docker version --format {{.Server.Version}} && exit 0; sleep 0.25; done; exit 1`,
    { timeout: deadline + 30 },
  );
  if (waited.code === 0) return;
  const log = await shell.run('tail -n 15 /var/log/docker.log');
  throw new DockerNotReady(
    `${shell.machine}: dockerd does not answer after ${deadline} s; its log ends:\n${log.stdout.trim()}`,
  );
}
