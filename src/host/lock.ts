import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Runs `work` while holding a lock beside `path`, so that two runs never build the same file at once. A lock whose holder was killed is
 * taken over after ten seconds without a heartbeat.
 * @param onWait called once if another process holds the lock.
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
    // Fails only if the lock was taken over in the meantime.
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
        // After a long suspension of the host, another process may hold the lock too. This is harmless, because files made under a
        // lock are named by their content and renamed into place when complete. The library's default would end the program.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      if (attempt === 0) onWait?.();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
