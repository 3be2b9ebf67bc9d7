import { BLOCK, excerpt } from '../../base/text/excerpt.js';
import type { DockerRun } from '../../journal/events.js';
import { shell as sh } from '../../remote/quote.js';
import type { SequenceContext } from './context.js';

/**
 * Runs `docker run -id [-m LIMIT] IMAGE` and looks whether the container is running. `docker run -id` ends with 0 even
 * if the process dies at once, and a refused one leaves a container in state Created, which is removed here.
 */
export async function dockerRun(context: SequenceContext, limit: string | null): Promise<DockerRun> {
  const { shell, docker, timeouts } = context;
  const timeout = timeouts.docker;
  const words = limit === null ? [] : ['-m', limit];
  const run = await shell.run(
    words.length ? sh`docker run -id ${words} ${docker.image}` : sh`docker run -id ${docker.image}`,
    {
      timeout,
    },
  );
  const containerId = /^[0-9a-f]{64}$/m.exec(run.stdout)?.[0] ?? null;
  const from = [run.seq];
  let running: boolean | null = null;
  if (run.code === 0 && containerId) {
    const state = await shell.run(sh`docker inspect --format {{.State.Running}} ${containerId}`, { timeout });
    running = state.stdout.trim() === 'true';
    from.push(state.seq);
  } else if (containerId) {
    from.push((await shell.run(sh`docker rm -f ${containerId}`, { timeout })).seq);
  }
  return {
    limit,
    code: run.code,
    containerId,
    running,
    error: excerpt(run.stderr.trim(), BLOCK, `complete in journal ${run.seq}`),
    seconds: run.seconds,
    from,
  };
}

/** Removes a container; true if Docker says it is gone. */
export async function dockerRemove(context: SequenceContext, run: DockerRun): Promise<boolean> {
  if (run.containerId === null) return false;
  const removed = await context.shell.run(sh`docker rm -f ${run.containerId}`, { timeout: context.timeouts.docker });
  run.from.push(removed.seq);
  return removed.code === 0;
}

/** True if Docker made the container. */
export function created(run: DockerRun): boolean {
  return run.code === 0 && run.containerId !== null;
}
