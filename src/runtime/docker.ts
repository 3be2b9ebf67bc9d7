import { BLOCK, excerpt } from '../base/text/excerpt.js';
import type { DockerConfig } from '../config/plan.js';
import { lastLines, type GuestShell } from '../remote/guest-shell.js';
import { shell as sh } from '../remote/quote.js';
import { isCgroupRefusal } from './refusal.js';
import { created, RuntimeNotReady, type ContainerRun, type Runtime, type RuntimeInfo } from './runtime.js';

/**
 * Docker, through its client.
 * @param timeout of one command, and of its start, in seconds.
 */
export function docker({ image }: DockerConfig, timeout: number): Runtime {
  return {
    waitReady: (shell, log) => waitReady(shell, timeout, log),
    imageReady: async (shell) => (await shell.run(sh`docker image inspect --format {{.Id}} ${image}`)).code === 0,
    create: (shell, limit) => create(shell, image, limit, timeout),
    async remove(shell, run) {
      if (run.containerId === null) return false;
      const removed = await shell.run(sh`docker rm -f ${run.containerId}`, { timeout });
      run.from.push(removed.seq);
      return removed.code === 0;
    },
    async removeAll(shell) {
      const { stdout } = await shell.must('docker ps -aq', { timeout });
      const containers = stdout.split('\n').filter((line) => line !== '');
      if (containers.length > 0) await shell.must(sh`docker rm -f ${containers}`, { timeout });
      return containers.length;
    },
    async info(shell) {
      const { stdout, seq } = await shell.must('docker info 2>/dev/null', { timeout });
      return { ...parseDockerInfo(stdout), from: [seq] };
    },
    isRefusal: isCgroupRefusal,
  };
}

/** Waits in the guest, in one command, until the daemon answers. */
async function waitReady(shell: GuestShell, deadline: number, log: string): Promise<void> {
  // The socket is there before the daemon is ready, and the first request waits for it: asking over and over would take
  // the processor time that the daemon needs to start.
  const waited = await shell.run(
    sh`for i in $(seq 1 ${Math.ceil(deadline * 4)}); do test -S /var/run/docker.sock && docker version --format {{.Server.Version}} && exit 0; sleep 0.25; done; exit 1`,
    { timeout: deadline + 30 },
  );
  if (waited.code === 0) return;
  const words = await shell.run(log);
  throw new RuntimeNotReady(
    `${shell.machine}: dockerd does not answer after ${deadline} s; its log ends:\n${lastLines({ ...words, stderr: '' }, 20)}`,
  );
}

/**
 * `docker run -id` ends with 0 even if the process dies at once, and a refused one leaves a container in state Created, which is
 * removed here.
 */
async function create(shell: GuestShell, image: string, limit: string | null, timeout: number): Promise<ContainerRun> {
  const command = limit === null ? sh`docker run -id ${image}` : sh`docker run -id -m ${limit} ${image}`;
  const { code, stdout, stderr, seconds, seq } = await shell.run(command, { timeout });
  const error = excerpt(stderr.trim(), BLOCK, `all of it is journal ${seq}`);
  const containerId = /^[0-9a-f]{64}$/m.exec(stdout)?.[0] ?? null;
  const run: ContainerRun = { limit, code, containerId, running: null, error, seconds, from: [seq] };
  if (created(run)) {
    const state = await shell.run(sh`docker inspect --format {{.State.Running}} ${containerId!}`, { timeout });
    run.running = state.stdout.trim() === 'true';
    run.from.push(state.seq);
  } else if (containerId) {
    run.from.push((await shell.run(sh`docker rm -f ${containerId}`, { timeout })).seq);
  }
  return run;
}

/** The lines of `docker info` that matter here; Docker before 20.10 knows v1 only and has no Cgroup Version line. */
export function parseDockerInfo(text: string): RuntimeInfo {
  const value = (key: string) => new RegExp(`^[ \\t]*${key}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    server: value('Server Version'),
    runc: value('runc version'),
    storageDriver: value('Storage Driver'),
    cgroupDriver: value('Cgroup Driver'),
    cgroupVersion: value('Cgroup Version') || '1',
  };
}
