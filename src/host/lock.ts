import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Runs `work` while holding a lock beside `path`, so that two runs never build the same thing at once. A lock whose
 * holder was killed is taken over after ten seconds without its heartbeat.
 * @param onWait called once if somebody else holds the lock.
 */
export async function withLock<T>(
  path: string,
  options: { onWait?: () => void; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const release = await acquire(path, options);
  try {
    return await work();
  } finally {
    // Fails only if the lock was taken over meanwhile.
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  { onWait, signal }: { onWait?: () => void; signal?: AbortSignal | undefined },
): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await lock(path, {
        realpath: false,
        stale: 10_000,
        update: 2_000,
        lockfilePath: `${path}.lock`,
        // After a long suspension of the host somebody else may hold it too. What is made under a lock is renamed into
        // place whole and named by its content, so two makers do no harm; the library's default would end the program.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      if (attempt === 0) onWait?.();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
