import { shell as sh } from '../remote/quote.js';
import { lastLines, type GuestShell } from '../remote/guest-shell.js';

/** Docker was started but does not answer, or is not what the row asks for. */
export class DockerNotReady extends Error {
  override readonly name = 'DockerNotReady';
}

/**
 * Waits in the guest, in one command, until the daemon answers.
 * @param deadline seconds.
 * @param log command that prints the end of the daemon's log.
 * @throws DockerNotReady with the daemon's last words.
 */
export async function waitForDocker(shell: GuestShell, deadline: number, log: string): Promise<void> {
  // The socket is there before the daemon is ready, and the first request waits for it: asking over and over would take
  // the processor time that the daemon needs to start.
  const waited = await shell.run(
    sh`for i in $(seq 1 ${Math.ceil(deadline * 4)}); do test -S /var/run/docker.sock && docker version --format {{.Server.Version}} && exit 0; sleep 0.25; done; exit 1`,
    { timeout: deadline + 30 },
  );
  if (waited.code === 0) return;
  const words = await shell.run(log);
  throw new DockerNotReady(
    `${shell.machine}: dockerd does not answer after ${deadline} s; its log ends:\n${lastLines({ ...words, stderr: '' }, 20)}`,
  );
}
