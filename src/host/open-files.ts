import { readdirSync, readlinkSync } from 'node:fs';

/**
 * Absolute paths of the files that processes hold open now, as /proc tells it: those of this user (root: of everybody), in this
 * host's process namespace. A process on another host that shares the folder is not seen.
 */
export function openFiles(): Set<string> {
  const open = new Set<string>();
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of list(`/proc/${pid}/fd`)) {
      try {
        open.add(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
      } catch {
        // Closed meanwhile.
      }
    }
  }
  return open;
}

/** Empty for a process that has ended or is another user's. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
